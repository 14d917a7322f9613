//! The code page that zip readers assume for names without the UTF-8 flag (APPNOTE.TXT, appendix D).

/// `text` in code page 437; `None` if it has a character that the page lacks.
pub(super) fn encode(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| {
            if c.is_ascii() {
                return u8::try_from(c).ok();
            }
            let at = UPPER_HALF.chars().position(|upper| upper == c)?;
            u8::try_from(128 + at).ok()
        })
        .collect()
}

/// 0x80 to 0xff.
const UPPER_HALF: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»\
░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_its_128_characters_and_known_places() {
        assert_eq!(UPPER_HALF.chars().count(), 128);
        assert_eq!(encode("é ü ñ ß"), Some(b"\x82 \x81 \xa4 \xe1".to_vec()));
        assert_eq!(
            encode("Google\u{a0}Photos"),
            Some(b"Google\xffPhotos".to_vec())
        );
        assert_eq!(encode("写"), None);
    }
}
