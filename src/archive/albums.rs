//! Which items are in which albums.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::tree::split;
use crate::media::naming;

/// One album as people know it: what several exports say of it is one.
#[derive(Debug)]
pub(crate) struct Album {
    pub(crate) title: String,
    /// Its rows.
    albums: Vec<i64>,
}

impl Rows<'_> {
    /// The album of a folder of an export, made if need be.
    pub(crate) fn album(
        &self,
        export: &str,
        folder: &str,
        title: &str,
    ) -> Result<i64, ArchiveError> {
        let row = self
            .transaction
            .prepare_cached(
                "INSERT INTO albums (export, folder, title) VALUES (?1, ?2, ?3)
                 ON CONFLICT (export, folder) DO UPDATE SET title = ?3 RETURNING album",
            )?
            .query_row(params![export, folder, title], |row| row.get(0))?;
        Ok(row)
    }

    pub(crate) fn put_into_album(&self, album: i64, item: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO album_items (album, item) VALUES (?1, ?2)")?
            .execute(params![album, item])?;
        Ok(())
    }

    pub(crate) fn empty_album(&self, album: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("DELETE FROM album_items WHERE album = ?1")?
            .execute([album])?;
        Ok(())
    }

    /// Forgets what was said of albums under these ids of exports, which are another one's by now.
    pub(crate) fn forget_exports(&self, exports: &[String]) -> Result<(), ArchiveError> {
        for export in exports {
            for sql in [
                "DELETE FROM album_items WHERE album IN (SELECT album FROM albums WHERE export = ?1)",
                "DELETE FROM albums WHERE export = ?1",
                "DELETE FROM records WHERE export = ?1",
            ] {
                self.transaction.prepare_cached(sql)?.execute([export])?;
            }
        }
        Ok(())
    }

    /// Every album, the first that was seen first. Two exports mean the same album where title and folder are the same.
    pub(crate) fn shown_albums(&self) -> Result<Vec<Album>, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT album, title, folder FROM albums ORDER BY album")?;
        let rows = statement.query_map([], |row| {
            Ok((
                row.get(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        let mut all: Vec<Album> = Vec::new();
        let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
        for row in rows {
            let (album, title, folder) = row?;
            let key = (title.clone(), naming::fold_key(split(&folder).1));
            let at = *known.entry(key).or_insert_with(|| {
                let title = if title.is_empty() {
                    split(&folder).1.to_owned()
                } else {
                    title
                };
                all.push(Album {
                    title,
                    albums: Vec::new(),
                });
                all.len() - 1
            });
            all[at].albums.push(album);
        }
        Ok(all)
    }

    /// The stored files of an album's items.
    pub(crate) fn paths_in(&self, album: &Album) -> Result<BTreeSet<String>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT path FROM album_items JOIN roles USING (item) JOIN files USING (file)
             WHERE album = ?1 AND roles.state = 'done' AND files.state = 'stored'",
        )?;
        let mut paths = BTreeSet::new();
        for album in &album.albums {
            for path in statement.query_map([album], |row| row.get(0))? {
                paths.insert(path?);
            }
        }
        Ok(paths)
    }

    pub(crate) fn is_in_an_album(&self, path: &str) -> Result<bool, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT 1 FROM files JOIN roles USING (file) JOIN album_items USING (item) WHERE path = ?1",
        )?;
        Ok(statement.exists([path])?)
    }

    pub(crate) fn stored_paths(&self, mut take: impl FnMut(&str)) -> Result<(), ArchiveError> {
        let mut statement = self
            .transaction
            .prepare("SELECT path FROM files WHERE state = 'stored'")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(&row.get::<_, String>(0)?);
        }
        Ok(())
    }
}
