//! How a file came to be in the archive, as manifests tell it: the one of the run that got it by its status, later ones, to
//! which every file is `present`, by the detail. By this a rebuilt index knows it again.

use rusqlite::params;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::row::Row;
use crate::archive::staged::How;
use crate::archive::takeover::{MATCHED, SAME_BYTES};
use crate::media::item::{MediaItem, Role};

/// What the list says of a file that a run before it has linked.
const LINKED: &str = "linked by an earlier run";
/// The same of one that was adopted, where nothing else says so.
const ADOPTED: &str = "adopted by an earlier run";

/// The detail of a file that is `present`, from what else there is to say of it.
pub(super) fn detail(how: &str, note: String) -> String {
    let told = match how {
        "linked" => LINKED,
        "adopted" if !is_adopted(&note) => ADOPTED,
        _ => return note,
    };
    match note.as_str() {
        "" => told.to_owned(),
        note => format!("{note}; {told}"),
    }
}

/// How the row's file came to be here; `None` where the row leaves that to older ones.
pub(super) fn how(row: &Row) -> Option<How> {
    match row.status.as_str() {
        "downloaded" => Some(How::Downloaded),
        "linked" => Some(How::Linked),
        "adopted" => Some(How::Adopted),
        _ if row.detail.contains(LINKED) => Some(How::Linked),
        _ if is_adopted(&row.detail) => Some(How::Adopted),
        _ => None,
    }
}

/// The note that a detail was made from.
pub(super) fn note(detail: &str) -> &str {
    [LINKED, ADOPTED].iter().fold(detail, |detail, told| {
        let note = detail.strip_suffix(told).unwrap_or(detail);
        note.strip_suffix("; ").unwrap_or(note)
    })
}

fn is_adopted(detail: &str) -> bool {
    [ADOPTED, MATCHED, SAME_BYTES]
        .iter()
        .any(|told| detail.contains(told))
}

impl Rows<'_> {
    /// Leaves open how a file came to be here: an older manifest may tell.
    pub(super) fn leave_open(&self, item: i64, role: Role) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("UPDATE roles SET how = NULL WHERE item = ?1 AND role = ?2")?
            .execute(params![item, role.text()])?;
        Ok(())
    }

    /// Says how a file came to be here, where that was left open.
    pub(super) fn came(&self, item: &MediaItem, role: Role, how: How) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "UPDATE roles SET how = ?4 WHERE role = ?3 AND how IS NULL
                 AND item = (SELECT item FROM items WHERE source = ?1 AND id = ?2)",
            )?
            .execute(params![
                item.source.as_str(),
                item.id.0,
                role.text(),
                how.as_str()
            ])?;
        Ok(())
    }

    /// Of what no manifest tells: one item has brought a file, and any further ones are linked to it.
    pub(super) fn close_open(&self) -> Result<(), ArchiveError> {
        self.transaction.execute(
            "UPDATE roles SET how = iif(EXISTS (
                 SELECT 1 FROM roles AS other WHERE other.file = roles.file AND other.state = 'done'
                     AND (other.how IN ('downloaded', 'adopted')
                         OR other.how IS NULL AND (other.item, other.role) < (roles.item, roles.role))
             ), 'linked', 'downloaded') WHERE state = 'done' AND how IS NULL",
            [],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_in_a_detail_is_known_again() {
        for (how_it_came, word) in [(How::Linked, "linked"), (How::Adopted, "adopted")] {
            for said in ["", "looks broken", SAME_BYTES, MATCHED] {
                let row = Row {
                    status: "present".to_owned(),
                    detail: detail(word, said.to_owned()),
                    ..Row::default()
                };
                assert_eq!(how(&row), Some(how_it_came), "{}", row.detail);
                assert_eq!(note(&row.detail), said);
            }
        }
        assert_eq!(detail("downloaded", "odd".to_owned()), "odd");
        assert_eq!(how(&Row::default()), None);
    }
}
