//! The one thing wanted from XMP: does a clip belong to this photo?
//!
//! <https://developer.android.com/media/platform/motion-photo-format>: `Camera:MotionPhoto` with the value 1, in older files
//! `GCamera:MicroVideo`; as an attribute or as an element, under any prefix. Not parsed as XML: the packet of a hostile file
//! should not decide what an XML parser does, and two words need none.

/// True when the packet says so.
pub(super) fn says_motion(packet: &[u8]) -> bool {
    let packet = String::from_utf8_lossy(packet);
    [":MotionPhoto", ":MicroVideo"].iter().any(|name| {
        packet
            .match_indices(name)
            .any(|(at, _)| is_one(&packet[at + name.len()..]))
    })
}

/// What follows the name is the value 1: `="1"`, `='1'` or `>1<`, with white space wherever XML allows it.
fn is_one(after: &str) -> bool {
    let after = after.trim_start();
    let value = if let Some(element) = after.strip_prefix('>') {
        element.split('<').next()
    } else {
        let quoted = after
            .strip_prefix('=')
            .map(str::trim_start)
            .unwrap_or_default();
        let quote = if quoted.starts_with('\'') { '\'' } else { '"' };
        quoted
            .strip_prefix(quote)
            .and_then(|value| value.split(quote).next())
    };
    value.is_some_and(|value| value.trim() == "1")
}

#[cfg(test)]
mod tests {
    use super::says_motion;

    #[test]
    fn attribute_and_element() {
        for yes in [
            r#"<rdf:Description GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"/>"#,
            "<x Camera:MotionPhoto = '1'>",
            "<GCamera:MicroVideo>1</GCamera:MicroVideo>",
            "<GCamera:MotionPhoto>\n 1 </GCamera:MotionPhoto>",
        ] {
            assert!(says_motion(yes.as_bytes()), "{yes}");
        }
        for no in [
            r#"GCamera:MotionPhoto="0""#,
            r#"GCamera:MotionPhotoVersion="1""#,
            r#"GCamera:MicroVideoOffset="1""#,
            r#"GCamera:MotionPhoto="10""#,
            r#"MotionPhoto="1""#,
            "<GCamera:MotionPhoto>0</GCamera:MotionPhoto>",
            ":MotionPhoto",
            ":MotionPhoto=",
            ":MotionPhoto=\"",
            "",
        ] {
            assert!(!says_motion(no.as_bytes()), "{no}");
        }
    }
}
