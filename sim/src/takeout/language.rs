//! What an export calls its folders and files in each language (§2.1 of the format reference): hints for a reader, never proof.
//!
//! Kept as a table because an importer must work without it: every case here has to come out the same whatever the words are.

/// The words of one language. An empty field is one for which the reference has no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// As in §2.1: `en`, `zh-TW`.
    pub code: &'static str,
    pub photos: &'static str,
    /// `metadata.json` in this language; some are \[?\] in the reference.
    pub album_metadata: &'static str,
    /// Words after the hyphen of an edited version.
    pub edited: &'static [&'static str],
    pub untitled: &'static str,
    /// What stands before the year of a year folder. English in most languages; see [`localized_year`](Self::localized_year).
    pub year_prefix: &'static str,
    pub archive: &'static str,
    pub trash: &'static str,
    pub locked: &'static str,
}

impl Language {
    /// The language with this code.
    pub fn named(code: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.code == code)
    }

    /// The year folder in this language, where the reference has seen one (2025 to 2026; fr is \[T\]), else the English one.
    pub fn localized_year(&self, year: i32) -> String {
        let prefix = match self.code {
            "de" => "Fotos von",
            "fr" => "Photos de",
            "es" => "Fotos del",
            _ => self.year_prefix,
        };
        format!("{prefix} {year}")
    }
}

/// English: what everything is unless a test says otherwise.
pub const ENGLISH: &Language = &LANGUAGES[0];

const EN: Language = Language {
    code: "en",
    photos: "Google Photos",
    album_metadata: "metadata.json",
    edited: &["edited"],
    untitled: "Untitled",
    year_prefix: "Photos from",
    archive: "Archive",
    trash: "Trash",
    locked: "Locked Folder",
};

const fn language(
    code: &'static str,
    photos: &'static str,
    album_metadata: &'static str,
    edited: &'static [&'static str],
    untitled: &'static str,
) -> Language {
    Language {
        code,
        photos,
        album_metadata,
        edited,
        untitled,
        ..EN
    }
}

/// Every row of §2.1. Where the reference has no word, the English one stands.
pub const LANGUAGES: &[Language] = &[
    EN,
    Language {
        archive: "Archiv",
        trash: "Papierkorb",
        locked: "Gesperrter Ordner",
        ..language(
            "de",
            "Google Fotos",
            "Metadaten.json",
            &["bearbeitet"],
            "Unbenannt",
        )
    },
    Language {
        archive: "Archive",
        trash: "Corbeille",
        locked: "Dossier verrouillé",
        ..language(
            "fr",
            "Google\u{a0}Photos",
            "métadonnées.json",
            &["modifié"],
            "Sans titre",
        )
    },
    Language {
        archive: "Archivo",
        trash: "Papelera",
        locked: "Carpeta privada",
        ..language(
            "es",
            "Google Fotos",
            "metadatos.json",
            &["ha editado", "editado"],
            "Sin título",
        )
    },
    Language {
        archive: "Arquivo",
        trash: "Lixeira",
        locked: "Pasta trancada",
        ..language(
            "pt",
            "Google Fotos",
            "metadados.json",
            &["editado", "editada"],
            "Sem título",
        )
    },
    Language {
        archive: "Arxiu",
        trash: "Paperera",
        ..language(
            "ca",
            "Google Fotos",
            "metadades.json",
            &["editat"],
            "Sense títol",
        )
    },
    Language {
        archive: "Archivio",
        trash: "Cestino",
        locked: "Cartella bloccata",
        ..language(
            "it",
            "Google Foto",
            "metadati.json",
            &["modificato"],
            "Senza titolo",
        )
    },
    Language {
        archive: "Archief",
        trash: "Prullenbak",
        locked: "Vergrendelde map",
        ..language(
            "nl",
            "Google Foto's",
            "metadata.json",
            &["bewerkt"],
            "Zonder titel",
        )
    },
    Language {
        archive: "Archiwum",
        trash: "Kosz",
        locked: "Folder zablokowany",
        ..language(
            "pl",
            "Zdjęcia Google",
            "metadane.json",
            &["edytowane"],
            "Bez tytułu",
        )
    },
    language(
        "cs",
        "Fotky Google",
        "metadata.json",
        &["upraveno"],
        "Bez názvu",
    ),
    language(
        "sk",
        "Fotky Google",
        "metadáta.json",
        &["upravené"],
        "Untitled",
    ),
    language(
        "hu",
        "Google Fotók",
        "metaadatok.json",
        &["edited"],
        "Nem mentett dokumentum",
    ),
    Language {
        archive: "Архив",
        trash: "Корзина",
        locked: "Заблокированная папка",
        ..language(
            "ru",
            "Google Фото",
            "метаданные.json",
            &["измененный", "отредактировано"],
            "Без названия",
        )
    },
    language(
        "uk",
        "Google Фото",
        "metadata.json",
        &["відредаговано"],
        "Untitled",
    ),
    language(
        "bg",
        "Google Снимки",
        "метаданни.json",
        &["edited"],
        "Untitled",
    ),
    language(
        "tr",
        "Google Fotoğraflar",
        "metadata.json",
        &["düzenlendi"],
        "Adsız",
    ),
    language(
        "fi",
        "Google Kuvat",
        "metadata.json",
        &["muokattu"],
        "Nimetön",
    ),
    language(
        "sv",
        "Google Photos",
        "metadata.json",
        &["redigerad"],
        "Untitled",
    ),
    language(
        "da",
        "Google Photos",
        "metadata.json",
        &["redigeret"],
        "Untitled",
    ),
    Language {
        archive: "アーカイブ",
        trash: "ゴミ箱",
        locked: "ロックされたフォルダ",
        ..language(
            "ja",
            "Google フォト",
            "メタデータ.json",
            &["編集済み"],
            "無題",
        )
    },
    Language {
        archive: "보관처리됨",
        trash: "휴지통",
        locked: "잠긴 폴더",
        ..language(
            "ko",
            "Google 포토",
            "metadata.json",
            &["편집됨"],
            "Untitled",
        )
    },
    Language {
        archive: "归档",
        trash: "回收站",
        locked: "锁定文件夹",
        ..language(
            "zh-CN",
            "Google 相册",
            "metadata.json",
            &["已修改", "编辑"],
            "未命名",
        )
    },
    Language {
        trash: "垃圾桶",
        ..language(
            "zh-TW",
            "Google 相簿",
            "metadata.json",
            &["已編輯"],
            "未命名",
        )
    },
];
