//! The secrets of a run, and the forms in which each might come to light.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use url::{Url, form_urlencoded};

/// Secrets by kind. The beginning of one gives it away as well as the whole.
#[derive(Debug, Default)]
pub(super) struct Canaries(BTreeMap<String, Vec<String>>);

/// Of a long secret so much is looked for, at both ends. More than the six characters that a log may show.
const PIECE: usize = 20;

impl Canaries {
    pub(super) fn add(&mut self, kind: &str, secret: &str) {
        assert!(secret.len() >= 16, "{kind} {secret:?} is no canary");
        let kind = self.0.entry(kind.to_owned()).or_default();
        if !kind.iter().any(|known| known == secret) {
            kind.push(secret.to_owned());
        }
    }

    pub(super) fn count(&self, kind: &str) -> usize {
        self.0.get(kind).map_or(0, Vec::len)
    }

    /// A value in the query of an address.
    pub(super) fn add_query(&mut self, address: &str, name: &str) {
        let address = Url::parse(address).expect("an address");
        let (_, value) = address
            .query_pairs()
            .find(|(key, _)| key == name)
            .expect("it is there");
        self.add(name, &value);
    }

    pub(super) fn add_token_file(&mut self, path: &Path) {
        let text = fs::read_to_string(path).expect("a token file");
        let token: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for name in ["access_token", "refresh_token"] {
            self.add(name, token[name].as_str().expect("text"));
        }
    }

    /// Every value of this name in the forms that were sent.
    pub(super) fn add_form_fields(&mut self, sent: &str, name: &str) {
        for rest in sent.split(&format!("{name}=")).skip(1) {
            let value = rest.split('&').next().unwrap_or_default();
            // Unreserved characters only, so what was sent is the secret itself; a request behind it would not be.
            let is_unreserved = |char: char| char.is_ascii_alphanumeric() || "-._~".contains(char);
            assert!(
                value.chars().all(is_unreserved),
                "{value:?} is more than a value"
            );
            self.add(name, value);
        }
    }

    /// The opaque part of every `baseUrl` that was answered.
    pub(super) fn add_base_urls(&mut self, answered: &str) {
        for rest in answered.split("\"baseUrl\":\"").skip(1) {
            let url = rest.split('"').next().unwrap_or_default();
            let opaque = url.rsplit('/').next().unwrap_or_default();
            self.add("base URL", opaque);
        }
    }

    /// Everything to look for, in every form.
    pub(super) fn needles(&self) -> Needles {
        let mut needles = Needles::default();
        for (kind, secrets) in &self.0 {
            for (form, text) in secrets.iter().flat_map(|secret| forms(secret)) {
                let start = text.as_bytes().first_chunk().expect("long enough");
                let name = format!("{kind}, {form}");
                needles.0.entry(*start).or_default().push((name, text));
            }
        }
        needles
    }

    /// The first secret of each kind, with texts in which it must be found.
    pub(super) fn disguises(&self) -> Vec<(&str, String)> {
        let mut disguises = Vec::new();
        for (kind, secrets) in &self.0 {
            let secret = secrets.first().expect("none is empty");
            for text in [
                secret.clone(),
                form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
                percent(secret.as_bytes()),
                data_encoding::BASE64.encode(secret.as_bytes()),
                data_encoding::BASE64.encode(format!("x{secret}y").as_bytes()),
                data_encoding::BASE64URL.encode(format!("xy{secret}").as_bytes()),
                HEXLOWER.encode(secret.as_bytes()),
                secret[..PIECE.min(secret.len())].to_owned(),
                secret[secret.len().saturating_sub(PIECE)..].to_owned(),
            ] {
                disguises.push((kind.as_str(), format!("some text {text} and more")));
            }
        }
        disguises
    }
}

/// What to look for, by its first bytes: a megabyte of log and a thousand needles are one walk.
#[derive(Debug, Default)]
pub(super) struct Needles(HashMap<[u8; 8], Vec<(String, String)>>);

impl Needles {
    /// Which of them these bytes hold.
    pub(super) fn search(&self, place: &str, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, start) in bytes.windows(8).enumerate() {
            for (name, text) in self.0.get(start).into_iter().flatten() {
                if bytes[at..].starts_with(text.as_bytes()) {
                    found.push(format!("{name}, in {place}: {text}"));
                }
            }
        }
        found
    }
}

/// Every byte percent-encoded, as some do to be safe.
fn percent(bytes: &[u8]) -> String {
    HEXUPPER
        .encode(bytes)
        .as_bytes()
        .chunks(2)
        .flat_map(|hex| ['%', hex[0].into(), hex[1].into()])
        .collect()
}

/// How a secret may look: as it is, percent-encoded, in base64 at any offset, in hexadecimal, escaped in JSON.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let end = secret.len().saturating_sub(PIECE);
    let mut forms = Vec::new();
    for piece in [&secret[..PIECE.min(secret.len())], &secret[end..]] {
        let bytes = piece.as_bytes();
        forms.push(("plain", piece.to_owned()));
        forms.push((
            "percent-encoded",
            form_urlencoded::byte_serialize(bytes).collect(),
        ));
        forms.push(("percent-encoded", percent(bytes)));
        forms.push(("hexadecimal", HEXLOWER.encode(bytes)));
        forms.push(("hexadecimal", HEXUPPER.encode(bytes)));
        forms.push(("escaped", piece.replace('/', "\\/")));
        for encoding in [BASE64_NOPAD, BASE64URL_NOPAD] {
            for offset in 0..3 {
                forms.push(("base64", base64_inside(&encoding, bytes, offset)));
            }
        }
    }
    forms
}

/// The characters that stand for these bytes wherever they begin `offset` bytes into a group of three.
fn base64_inside(encoding: &data_encoding::Encoding, bytes: &[u8], offset: usize) -> String {
    let padded = [&b"\0\0\0"[..offset], bytes].concat();
    let text = encoding.encode(&padded);
    // A character that mixes the secret with its neighbours may be any.
    let start = [0, 2, 3][offset];
    let end = padded.len() * 8 / 6;
    text[start..end].to_owned()
}
