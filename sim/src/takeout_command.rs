//! `gphotos-sim takeout`: an export on disk, for trying an importer by hand.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gphotos_sim::takeout::language::Language;
use gphotos_sim::takeout::names::SidecarStyle;
use gphotos_sim::takeout::{
    Bulk, Expected, Export, Format, Library, TarNames, ZipStyle, cases, hostile,
};

/// Writes a Google Takeout export, and beside it what must come of it
#[derive(Debug, Args)]
pub(crate) struct TakeoutArgs {
    /// Folder for the parts; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What a part is
    #[arg(long, value_enum, default_value_t = FormatArg::Zip)]
    format: FormatArg,
    /// Number of items in the library
    #[arg(long, default_value_t = 100)]
    items: usize,
    /// Number of parts
    #[arg(long, default_value_t = 3)]
    parts: usize,
    /// Language of folders and files, such as de or zh-TW
    #[arg(long, default_value = "en")]
    language: String,
    /// Sidecars as before 2024: `IMG_1.jpg.json`
    #[arg(long)]
    old_style: bool,
    /// The same number gives the same export
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// One quirk of the format reference instead of a library: Q01 to Q50
    #[arg(long, value_name = "ID", conflicts_with_all = ["hostile", "bulk"])]
    case: Option<String>,
    /// All archives that mean harm instead of a library
    #[arg(long, conflicts_with = "bulk")]
    hostile: bool,
    /// So many photos with sidecars instead of a library
    #[arg(long, value_name = "FILES")]
    bulk: Option<usize>,
    /// Bytes of each photo of --bulk; 0 for as small as they can be
    #[arg(long, default_value_t = 0, requires = "bulk")]
    photo_size: usize,
    /// Over how many folders the photos of --bulk are spread
    #[arg(long, default_value_t = 10, requires = "bulk")]
    folders: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArg {
    Zip,
    Tgz,
    Folder,
}

impl TakeoutArgs {
    /// Writes what was asked for and tells what it wrote.
    pub(crate) fn run(&self) -> Result<String, String> {
        let format = match self.format {
            FormatArg::Zip => Format::Zip(ZipStyle::default()),
            FormatArg::Tgz => Format::Tgz(TarNames::Gnu),
            FormatArg::Folder => Format::Folder,
        };
        fs::create_dir_all(&self.out).map_err(|error| self.failed(&self.out, &error))?;
        let out = &self.out;
        let write = |export: &Export| {
            export
                .write(out, format)
                .map_err(|error| self.failed(out, &error))
        };
        let mut paths = Vec::new();
        if self.hostile {
            for hostile in hostile::all() {
                let path = out.join(format!("{}.{}", hostile.name, hostile.extension));
                fs::write(&path, &hostile.bytes).map_err(|error| self.failed(&path, &error))?;
                self.expect(
                    &format!("{}.expected.json", hostile.name),
                    &hostile.expected,
                )?;
                paths.push(path);
            }
        } else if let Some(files) = self.bulk {
            let bulk = Bulk {
                seed: self.seed,
                files,
                size: self.photo_size,
                folders: self.folders,
                part_size: 2_000_000_000,
            };
            paths = bulk
                .write(out, format)
                .map_err(|error| self.failed(out, &error))?;
        } else if let Some(id) = &self.case {
            let case = cases::case(id)
                .ok_or_else(|| format!("there is no case {id}\nhint: the cases are Q01 to Q50"))?;
            for export in &case.exports {
                paths.extend(write(export)?);
            }
            self.expect("expected.json", &case.expected())?;
        } else {
            let language = Language::named(&self.language).ok_or_else(|| {
                format!("no words are known for language {}\nhint: en, de, fr, es, it, pl, ja and others", self.language)
            })?;
            let export = Library {
                seed: self.seed.into(),
                items: self.items,
                language,
                style: if self.old_style {
                    SidecarStyle::Old
                } else {
                    SidecarStyle::New
                },
                parts: self.parts,
                ..Library::default()
            }
            .export();
            paths = write(&export)?;
            self.expect("expected.json", &export.expected())?;
        }
        let lines = paths.iter().map(|path| format!("{}\n", path.display()));
        Ok(lines.collect())
    }

    fn expect(&self, name: &str, expected: &Expected) -> Result<(), String> {
        let path = self.out.join(name);
        let text = serde_json::to_string_pretty(expected).map_err(|error| error.to_string())?;
        fs::write(&path, text).map_err(|error| self.failed(&path, &error))
    }

    fn failed(&self, path: &Path, error: &std::io::Error) -> String {
        format!(
            "could not write {}: {error}\nhint: choose another place than {} with --out",
            path.display(),
            self.out.display()
        )
    }
}
