//! An address as a QR code that a phone reads off the terminal.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use crate::ui::Ui;

/// The code in half blocks, with the quiet zone around it; `None` for an address that is too long.
///
/// Dark on light whatever the terminal's own colours are. Without colours it is drawn for a dark terminal; on a light one
/// it is inverted, which most phones read too.
pub(crate) fn render(ui: Ui, address: &str) -> Option<String> {
    // The smallest: a screen has no stains.
    let code = QrCode::with_error_correction_level(address, EcLevel::L).ok()?;
    let (dark, light) = if ui.color {
        (Dense1x2::Dark, Dense1x2::Light)
    } else {
        (Dense1x2::Light, Dense1x2::Dark)
    };
    let drawn = code
        .render::<Dense1x2>()
        .dark_color(dark)
        .light_color(light)
        .quiet_zone(true)
        .build();
    let lines = drawn.lines().map(|line| {
        if ui.color {
            format!("  {BLACK_ON_WHITE}{line}{RESET}\n")
        } else {
            format!("  {line}\n")
        }
    });
    Some(lines.collect())
}

/// Of the fixed part of the palette, which themes do not change.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::LogFormat;

    fn ui(color: bool) -> Ui {
        Ui {
            quiet: false,
            verbose: 0,
            json: false,
            log_format: LogFormat::Text,
            color,
            terminal: true,
            root: "",
        }
    }

    const ADDRESS: &str = "https://photos.google.com/picker/11111111-2222-4333-8444-555555555555";

    /// Two modules a character: the upper and the lower half, drawn or not.
    fn modules(drawn: &str) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in drawn.lines() {
            let halves = |c| match c {
                ' ' => (false, false),
                '\u{2580}' => (true, false),
                '\u{2584}' => (false, true),
                '\u{2588}' => (true, true),
                other => panic!("{other:?} is no half block"),
            };
            let (upper, lower) = line[2..].chars().map(halves).unzip();
            rows.push(upper);
            rows.push(lower);
        }
        rows
    }

    #[test]
    fn every_module_is_drawn_within_a_quiet_zone() {
        let code = QrCode::with_error_correction_level(ADDRESS, EcLevel::L).expect("a code");
        let width = code.width();
        for color in [true, false] {
            let drawn = render(ui(color), ADDRESS).expect("a code");
            let drawn = drawn.replace(BLACK_ON_WHITE, "").replace(RESET, "");
            let rows = modules(&drawn);
            assert_eq!(rows[0].len(), width + 8);
            for (y, row) in rows.iter().enumerate().take(width + 8) {
                for (x, drawn) in row.iter().enumerate() {
                    let inside = (4..width + 4).contains(&x) && (4..width + 4).contains(&y);
                    let dark = inside && code[(x - 4, y - 4)] == qrcode::Color::Dark;
                    assert_eq!(*drawn, dark == color, "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn each_line_sets_and_resets_its_own_colours() {
        let drawn = render(ui(true), ADDRESS).expect("a code");
        for line in drawn.lines() {
            assert!(line.starts_with(&format!("  {BLACK_ON_WHITE}")) && line.ends_with(RESET));
        }
        assert!(!render(ui(false), ADDRESS).expect("a code").contains('\x1b'));
    }

    #[test]
    fn an_endless_address_has_no_code() {
        assert_eq!(render(ui(true), &"x".repeat(5000)), None);
    }
}
