//! The XMP sidecar: what an export says of a photo and the photo's own bytes do not, for programs that manage photos.
//!
//! Field by field what digiKam, darktable, Immich and exiftool read: `exif:` for date and place (XMP specification part 2,
//! 8.4), `dc:` for title and description, `xmp:Rating` for a favourite, `Iptc4xmpExt:PersonInImage` for people, and
//! both customs for tags in a hierarchy, digiKam's and Lightroom's. Written beside the file, never into it.

use std::fmt::Write;

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use data_encoding::HEXLOWER;

use crate::takeout::json::Place;

/// What is to be said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said<'a> {
    pub(crate) taken: Option<DateTime<Utc>>,
    pub(crate) description: Option<&'a str>,
    pub(crate) place: Option<Place>,
    pub(crate) people: &'a [String],
    pub(crate) favorited: bool,
    pub(crate) albums: &'a [String],
}

impl Said<'_> {
    /// Whether there is nothing to be said.
    pub(crate) fn is_nothing(&self) -> bool {
        self.taken.is_none()
            && self.description.is_none()
            && self.place.is_none()
            && self.people.is_empty()
            && !self.favorited
            && self.albums.is_empty()
    }
}

/// Whether a sidecar is one of ours and as we wrote it, so that we may write it anew. Programs that change a sidecar put their
/// own name in the place of ours; who changes it by hand breaks the seal.
pub(crate) fn is_ours(sidecar: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(sidecar) else {
        return false;
    };
    let parts = text.find(OURS).and_then(|at| {
        let (before, rest) = text.split_at(at + OURS.len());
        Some((before, rest.split_at_checked(SEAL)?))
    });
    parts.is_some_and(|(before, (seal, after))| seal == seal_of(before, after))
}

/// By this we know a sidecar of our own: `x:xmptk` names the program that wrote it. The seal follows.
const OURS: &str = "x:xmptk=\"gphotos-dl ";
/// Characters of the seal: enough for what is to show a change and not to keep out a forger.
const SEAL: usize = 16;

/// Of everything around it.
fn seal_of(before: &str, after: &str) -> String {
    let mut hash = Context::new(&SHA256);
    hash.update(before.as_bytes());
    hash.update(after.as_bytes());
    let mut seal = HEXLOWER.encode(hash.finish().as_ref());
    seal.truncate(SEAL);
    seal
}

/// The whole text of a sidecar. The date is written in the archive's zone.
pub(crate) fn write(said: &Said<'_>, zone: Tz) -> String {
    let mut body = String::new();
    if let Some(taken) = said.taken {
        let local = zone.from_utc_datetime(&taken.naive_utc());
        let date = local.to_rfc3339_opts(SecondsFormat::Secs, false);
        for name in [
            "exif:DateTimeOriginal",
            "xmp:CreateDate",
            "photoshop:DateCreated",
        ] {
            element(&mut body, name, &date);
        }
    }
    if let Some(place) = said.place {
        element(
            &mut body,
            "exif:GPSLatitude",
            &degrees(place.latitude, 'N', 'S'),
        );
        element(
            &mut body,
            "exif:GPSLongitude",
            &degrees(place.longitude, 'E', 'W'),
        );
        if let Some(altitude) = place.altitude {
            // Millimetres are more than any receiver knows.
            element(
                &mut body,
                "exif:GPSAltitude",
                &format!("{:.0}/1000", altitude.abs() * 1000.0),
            );
            element(
                &mut body,
                "exif:GPSAltitudeRef",
                if altitude < 0.0 { "1" } else { "0" },
            );
        }
    }
    if let Some(description) = said.description {
        let text = escape(description);
        let _ = writeln!(
            body,
            "   <dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{text}</rdf:li></rdf:Alt></dc:description>"
        );
    }
    if said.favorited {
        element(&mut body, "xmp:Rating", "5");
    }
    if !said.people.is_empty() {
        list(
            &mut body,
            "Iptc4xmpExt:PersonInImage",
            "Bag",
            said.people.iter().cloned(),
        );
    }
    let tags = |separator: char| {
        let people = said
            .people
            .iter()
            .map(move |name| format!("People{separator}{}", plain(name, separator)));
        let albums = said
            .albums
            .iter()
            .map(move |title| format!("Albums{separator}{}", plain(title, separator)));
        people.chain(albums)
    };
    if !said.people.is_empty() || !said.albums.is_empty() {
        list(&mut body, "digiKam:TagsList", "Seq", tags('/'));
        list(&mut body, "lr:hierarchicalSubject", "Bag", tags('|'));
    }
    let before = format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>
<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" {OURS}"
    );
    let after = format!(
        "\">
 <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">
  <rdf:Description rdf:about=\"\"
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\"
    xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"
    xmlns:exif=\"http://ns.adobe.com/exif/1.0/\"
    xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\"
    xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"
    xmlns:digiKam=\"http://www.digikam.org/ns/1.0/\"
    xmlns:lr=\"http://ns.adobe.com/lightroom/1.0/\">
{body}  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end=\"w\"?>
"
    );
    let seal = seal_of(&before, &after);
    format!("{before}{seal}{after}")
}

fn element(body: &mut String, name: &str, text: &str) {
    let _ = writeln!(body, "   <{name}>{}</{name}>", escape(text));
}

fn list(body: &mut String, name: &str, kind: &str, items: impl Iterator<Item = String>) {
    let mut inside = String::new();
    for item in items {
        let _ = write!(inside, "<rdf:li>{}</rdf:li>", escape(&item));
    }
    let _ = writeln!(
        body,
        "   <{name}><rdf:{kind}>{inside}</rdf:{kind}></{name}>"
    );
}

/// `DDD,MM.mmmmmmK`: degrees, and minutes with a fraction (XMP specification part 1, 8.2.2.4).
fn degrees(value: f64, positive: char, negative: char) -> String {
    // A millionth of a minute is two millimetres.
    let millionths = (value.abs() * 60.0 * 1_000_000.0).round();
    let minutes = millionths / 1_000_000.0;
    let whole = (minutes / 60.0).floor();
    let direction = if value < 0.0 { negative } else { positive };
    format!("{whole:.0},{:.6}{direction}", minutes - whole * 60.0)
}

/// A separator inside a name would make one tag two.
fn plain(name: &str, separator: char) -> String {
    name.replace(separator, "_")
}

/// For XML, which has no way to write most control characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => {}
            control if control.is_control() && control < '\u{80}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_was_said_is_there_and_well_formed() {
        let people = ["Ann & Bob".to_owned(), "<x>".to_owned()];
        let albums = ["Trip 6/10".to_owned()];
        let said = Said {
            taken: Some("2023-06-09T10:19:47Z".parse().expect("a moment")),
            description: Some("two\nlines \"quoted\" \u{1}"),
            place: Some(Place {
                latitude: 52.5,
                longitude: -13.251,
                altitude: Some(-3.5),
            }),
            people: &people,
            favorited: true,
            albums: &albums,
        };
        let text = write(&said, Tz::Europe__Berlin);
        for expected in [
            "<exif:DateTimeOriginal>2023-06-09T12:19:47+02:00</exif:DateTimeOriginal>",
            "<exif:GPSLatitude>52,30.000000N</exif:GPSLatitude>",
            "<exif:GPSLongitude>13,15.060000W</exif:GPSLongitude>",
            "<exif:GPSAltitude>3500/1000</exif:GPSAltitude>",
            "<exif:GPSAltitudeRef>1</exif:GPSAltitudeRef>",
            "two\nlines &quot;quoted&quot; </rdf:li>",
            "<xmp:Rating>5</xmp:Rating>",
            "<rdf:li>Ann &amp; Bob</rdf:li><rdf:li>&lt;x&gt;</rdf:li>",
            "<rdf:li>Albums/Trip 6_10</rdf:li>",
            "<rdf:li>Albums|Trip 6/10</rdf:li>",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert!(text.contains("x:xmptk=\"gphotos-dl "));
    }

    #[test]
    fn only_what_we_wrote_and_nobody_changed_is_ours() {
        let text = write(&Said::default(), Tz::UTC);
        assert!(is_ours(text.as_bytes()));
        let other = text.replace("gphotos-dl ", "XMP Core ");
        let by_hand = text.replace("</rdf:RDF>", "<!-- mine --></rdf:RDF>");
        let cut = &text[..text.find("gphotos-dl ").expect("our name") + 15];
        for theirs in [other.as_str(), &by_hand, cut, "", "x:xmptk=\"gphotos-dl \""] {
            assert!(!is_ours(theirs.as_bytes()), "{theirs}");
        }
    }

    #[test]
    fn minutes_never_reach_sixty() {
        assert_eq!(degrees(9.999_999_999_9, 'N', 'S'), "10,0.000000N");
    }
}
