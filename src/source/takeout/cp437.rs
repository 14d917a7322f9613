//! Names in archives that are not UTF-8: what zip programs without a flag have always taken them for.

/// The upper half of code page 437 (<https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/PC/CP437.TXT>).
const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The text of a name: UTF-8 if it is that, else code page 437, in which every byte is a character.
pub(super) fn decode(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let upper: Vec<char> = UPPER.chars().collect();
    let character = |byte: &u8| match byte {
        0..=0x7f => char::from(*byte),
        _ => upper
            .get(usize::from(*byte - 0x80))
            .copied()
            .unwrap_or('\u{fffd}'),
    };
    bytes.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_kept_and_anything_else_is_code_page_437() {
        assert_eq!(UPPER.chars().count(), 128);
        assert_eq!(decode("Größe".as_bytes()), "Größe");
        assert_eq!(decode(b"Gr\x94\xe1e"), "Größe");
    }
}
