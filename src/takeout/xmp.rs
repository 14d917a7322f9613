//! The XMP sidecar: what an export says of a photo and the photo's own bytes do not, for programs that manage photos.
//!
//! Field by field what digiKam, darktable, Immich and exiftool read: `exif:` for date and place (XMP specification part 2,
//! 8.4), `dc:` for title and description, `xmp:Rating` for a favourite, `Iptc4xmpExt:PersonInImage` for people, and
//! both customs for tags in a hierarchy, digiKam's and Lightroom's. Written beside the file, never into it.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;

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

/// By this we know a sidecar of our own: `x:xmptk` names the program that wrote it.
const OURS: &str = "x:xmptk=\"gphotos-dl\"";

/// Whether a sidecar is one of ours, so that we may write it anew.
pub(crate) fn is_ours(sidecar: &[u8]) -> bool {
    let start = &sidecar[..sidecar.len().min(1024)];
    start
        .windows(OURS.len())
        .any(|window| window == OURS.as_bytes())
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
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>
<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" {OURS}>
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
    )
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
        assert!(is_ours(text.as_bytes()) && !is_ours(b"<x:xmpmeta x:xmptk=\"XMP Core\">"));
    }

    #[test]
    fn minutes_never_reach_sixty() {
        assert_eq!(degrees(9.999_999_999_9, 'N', 'S'), "10,0.000000N");
    }
}
