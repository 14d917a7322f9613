//! Manifest rows as the index tells them.

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use crate::archive::ArchiveError;
use crate::archive::known::Reader;
use crate::archive::manifest::Writer;
use crate::archive::row::Row;
use crate::archive::told;
use crate::media::item::{Role, timestamp};

/// The row of one role of an item, as of now.
pub(crate) fn row_of(
    connection: &Connection,
    item: i64,
    role: Role,
    run: i64,
) -> Result<Row, ArchiveError> {
    let sql = format!("{SELECT} WHERE item = ?1 AND role = ?2");
    let row = connection
        .prepare_cached(&sql)?
        .query_row(params![item, role.text()], |row| read(row, run))?;
    Ok(row)
}

/// The rows of every role that points to one of these files.
pub(crate) fn rows_of(connection: &Connection, files: &[i64]) -> Result<Vec<Row>, ArchiveError> {
    let sql = format!("{SELECT} WHERE file = ?1");
    let mut statement = connection.prepare(&sql)?;
    let mut found = Vec::new();
    for file in files {
        let rows = statement.query_map([file], |row| read(row, 0))?;
        found.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

impl Reader {
    /// Writes the row of every file of every item that this run has seen, in the manifest's order.
    pub(crate) fn list(&mut self, run: i64, writer: &mut Writer) -> Result<(), ArchiveError> {
        let sql = format!(
            "{SELECT} WHERE (items.source, items.id) IN (SELECT source, id FROM temp.seen) AND roles.state <> 'none'
             ORDER BY created IS NULL, created / 1000, items.id, role"
        );
        let mut moved = self
            .connection
            .prepare("SELECT was FROM temp.moved WHERE path = ?1")?;
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut row = read(row, run)?;
            if let Some(size) = self.changed.get(&row.local_path) {
                let changed = format!("changed on disk since it was stored: {size} bytes now");
                let both = [changed, row.detail].join("; ");
                row.detail = both.trim_end_matches("; ").into();
            }
            if let Some(was) = moved
                .query_row([&row.local_path], |row| row.get::<_, String>(0))
                .optional()?
            {
                let both = [row.detail, format!("{MOVED}{was}")].join("; ");
                row.detail = both.trim_start_matches("; ").into();
            }
            writer.row(&row)?;
        }
        Ok(())
    }
}

/// How the detail of a moved file ends, before the path that it had.
pub(super) const MOVED: &str = "moved from ";

const SELECT: &str = "SELECT items.id, items.source, role, filename, created, mime_type, kind, items.width, items.height,
    camera_make, camera_model, description, product_url, path, size, sha256, roles.state, how, run, cause, note, attempts,
    (SELECT group_concat(title, '; ') FROM (SELECT DISTINCT title FROM albums JOIN album_items USING (album)
        WHERE album_items.item = items.item ORDER BY title))
    FROM items JOIN roles USING (item) LEFT JOIN files USING (file)";

fn read(row: &SqlRow<'_>, run: i64) -> rusqlite::Result<Row> {
    let text = |index: usize| {
        row.get::<_, Option<String>>(index)
            .map(Option::unwrap_or_default)
    };
    let number = |index: usize| {
        row.get::<_, Option<i64>>(index)
            .map(|number| number.map(|number| number.to_string()).unwrap_or_default())
    };
    let state = text(16)?;
    let is_here = state == "done";
    let is_new = row.get::<_, i64>(18)? == run;
    let status = match state.as_str() {
        "done" if is_new => text(17)?,
        "done" => "present".to_owned(),
        "wanted" => "skipped".to_owned(),
        _ => state.clone(),
    };
    let detail = match state.as_str() {
        "done" if is_new => text(20)?,
        "done" => told::detail(&text(17)?, text(20)?),
        "wanted" => "not fetched: the run ended before its turn".to_owned(),
        "failed" => match row.get::<_, i64>(21)? {
            attempts @ 2.. => format!("{} (in {attempts} runs)", text(19)?),
            _ => text(19)?,
        },
        _ => text(19)?,
    };
    let created = row
        .get::<_, Option<i64>>(4)?
        .and_then(DateTime::from_timestamp_millis);
    let sha256 = row.get::<_, Option<Vec<u8>>>(15)?.filter(|_| is_here);
    Ok(Row {
        id: text(0)?,
        source: text(1)?,
        role: part_of(&text(2)?).to_owned(),
        filename: text(3)?,
        creation_time: created.map(timestamp).unwrap_or_default(),
        mime_type: text(5)?,
        kind: text(6)?,
        width: number(7)?,
        height: number(8)?,
        camera_make: text(9)?,
        camera_model: text(10)?,
        description: text(11)?,
        product_url: text(12)?,
        albums: text(22)?,
        local_path: if is_here { text(13)? } else { String::new() },
        size_bytes: if is_here { number(14)? } else { String::new() },
        sha256: sha256
            .map(|digest| data_encoding::HEXLOWER.encode(&digest))
            .unwrap_or_default(),
        status,
        detail,
    })
}

/// A manifest names what a file is to its photo; which of several it is, its bytes tell.
fn part_of(role: &str) -> &str {
    role.split_once('.').map_or(role, |(part, _)| part)
}
