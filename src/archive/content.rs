//! What an index can say at all: the database keeps its own order and takes any value at its word, and whoever has written
//! an index by hand, or a disk that turned one bit of it, need not have kept to ours.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::archive::schema::{self, Column};
use crate::archive::{store, tree};
use crate::media::item::{Role, SourceName};

/// The first of what cannot be so in an index whose tables are as they were made; nothing when all is well.
pub(super) fn problems(connection: &Connection, most: usize) -> rusqlite::Result<Vec<String>> {
    let mut problems = Vec::new();
    let columns = schema::columns(schema::version(connection)?)?;
    for table in columns.chunk_by(|one, next| one.table == next.table) {
        if problems.len() < most && !is_typed(connection, table)? {
            let name = table.first().map_or("", |column| &column.table);
            problems.push(format!(
                "a value in the table {name} is of another kind than its column"
            ));
        }
    }
    if !problems.is_empty() {
        // What follows reads the columns as what they are.
        return Ok(problems);
    }
    for (table, sql, problem) in [
        ("files", FILES, file as Judge),
        ("items", ITEMS, item),
        ("roles", ROLES, role),
        ("partials", PARTIALS, partial),
        ("former", FORMER, former),
        ("quota", QUOTA, quota),
    ] {
        if !columns.iter().any(|column| column.table == table) {
            // An older index, which is only looked at.
            continue;
        }
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if problems.len() >= most {
                return Ok(problems);
            }
            problems.extend(problem(row)?);
        }
    }
    let dangling: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_check)",
        [],
        |row| row.get(0),
    )?;
    if dangling && problems.len() < most {
        problems.push("a row points to another one that is not there".to_owned());
    }
    Ok(problems)
}

/// What is wrong with one row.
type Judge = fn(&Row<'_>) -> rusqlite::Result<Option<String>>;

const FILES: &str = "SELECT path, state, sha256, size, width, height, temp, format FROM files";
const ITEMS: &str = "SELECT source, id, kind, width, height, filename, mime_type, camera_make, camera_model, description,
    product_url FROM items";
const ROLES: &str = "SELECT role, state, how, attempts, cause, note FROM roles";
const PARTIALS: &str = "SELECT role, temp, etag, total, size, sha256 FROM partials";
const FORMER: &str = "SELECT sha256, size, width, height FROM former";
const QUOTA: &str = "SELECT day, api, bytes FROM quota";

fn file(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    let path = row.get_ref(0)?.as_str()?;
    let state = row.get_ref(1)?.as_str()?;
    let (sha256, size) = (row.get_ref(2)?, row.get_ref(3)?);
    texts(row, 6..8)?;
    let is_known = match state {
        "claimed" => true,
        "announced" | "stored" => sha256 != ValueRef::Null && size != ValueRef::Null,
        _ => false,
    };
    let is_good = is_known
        && is_digest(sha256)
        && is_count(size)
        && is_side(row.get_ref(4)?)
        && is_side(row.get_ref(5)?)
        && row
            .get_ref(6)?
            .as_str_or_null()?
            .is_none_or(store::is_temp_name);
    Ok(if path.is_empty() || !tree::is_inside(path) {
        Some(format!("a file cannot have the path {path:?}"))
    } else if is_good {
        None
    } else {
        Some(format!("what is said of the file {path:?} cannot be"))
    })
}

fn item(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    let id = row.get_ref(1)?.as_str()?;
    texts(row, 5..11)?;
    let is_good = SourceName::parse(row.get_ref(0)?.as_str()?).is_some()
        && matches!(row.get_ref(2)?.as_str()?, "photo" | "video")
        && is_side(row.get_ref(3)?)
        && is_side(row.get_ref(4)?);
    Ok((!is_good).then(|| format!("what is said of the item {id:?} cannot be")))
}

fn role(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    let role = row.get_ref(0)?.as_str()?;
    let state = row.get_ref(1)?.as_str()?;
    texts(row, 4..6)?;
    let is_good = Role::parse(role).is_some()
        && matches!(
            state,
            "wanted" | "done" | "failed" | "skipped" | "gone" | "none"
        )
        && matches!(
            row.get_ref(2)?.as_str_or_null()?,
            None | Some("downloaded" | "linked" | "adopted")
        )
        && is_count(row.get_ref(3)?);
    Ok((!is_good).then(|| format!("no item has a file {role:?} that is {state:?}")))
}

fn partial(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    texts(row, 1..3)?;
    let is_good = Role::parse(row.get_ref(0)?.as_str()?).is_some()
        && is_count(row.get_ref(3)?)
        && is_count(row.get_ref(4)?)
        && is_digest(row.get_ref(5)?);
    Ok((!is_good).then(|| "what is said of a file in the making cannot be".to_owned()))
}

fn former(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    let is_good = is_digest(row.get_ref(0)?)
        && is_count(row.get_ref(1)?)
        && is_side(row.get_ref(2)?)
        && is_side(row.get_ref(3)?);
    Ok(
        (!is_good)
            .then(|| "what is said of a file that is being brought back cannot be".to_owned()),
    )
}

fn quota(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    texts(row, 0..1)?;
    let is_good = is_side(row.get_ref(1)?) && is_side(row.get_ref(2)?);
    Ok((!is_good).then(|| "so many calls nobody can have made".to_owned()))
}

/// Whether every value of a table is of its column's kind.
fn is_typed(connection: &Connection, table: &[Column]) -> rusqlite::Result<bool> {
    let Some(first) = table.first() else {
        return Ok(true);
    };
    let wrong = table.iter().map(|column| {
        let null = if column.is_required { "" } else { ", 'null'" };
        let kind = column.kind.to_ascii_lowercase();
        format!("typeof(\"{}\") NOT IN ('{kind}'{null})", column.name)
    });
    let wrong = wrong.collect::<Vec<_>>().join(" OR ");
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM \"{}\" WHERE {wrong})",
        first.table
    );
    connection.query_row(&sql, [], |row| row.get::<_, bool>(0).map(|found| !found))
}

/// Texts may hold bytes that are none.
fn texts(row: &Row<'_>, columns: std::ops::Range<usize>) -> rusqlite::Result<()> {
    for column in columns {
        row.get_ref(column)?.as_str_or_null()?;
    }
    Ok(())
}

fn is_digest(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Blob(bytes) => bytes.len() == 32,
        value => value == ValueRef::Null,
    }
}

fn is_count(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Integer(count) => count >= 0,
        value => value == ValueRef::Null,
    }
}

/// Pixels, and calls of one day.
fn is_side(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Integer(side) => u32::try_from(side).is_ok(),
        value => value == ValueRef::Null,
    }
}
