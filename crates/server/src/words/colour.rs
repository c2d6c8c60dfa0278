//! A brand's colour, made readable. A brand picks any colour it likes; what we paint with always reaches WCAG's 4.5:1.

use std::{
    collections::HashMap,
    fmt,
    sync::{LazyLock, PoisonError, RwLock},
};

/// An sRGB colour. Parsed from `#rgb` or `#rrggbb` only, so it can stand in a style sheet without further escaping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour(u8, u8, u8);

/// Text must reach this against its ground; WCAG 2.2 asks for 4.5 and rounding must not eat it.
const READABLE: f64 = 4.6;
const WHITE: Colour = Colour(255, 255, 255);
const BLACK: Colour = Colour(10, 12, 18);
/// The grounds of templates/style/tokens.css that are hardest for an accent: --sunk in the light, --surface in the dark.
const LIGHT_GROUND: Colour = Colour(0xee, 0xed, 0xe9);
const LIGHT_SURFACE: Colour = WHITE;
const DARK_GROUND: Colour = Colour(0x19, 0x1c, 0x22);

impl Colour {
    pub fn parse(text: &str) -> Option<Colour> {
        let hex = text.trim().strip_prefix('#')?;
        let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
        match digits[..] {
            [r, g, b] => Some(Colour(r * 17, g * 17, b * 17)),
            [r, r2, g, g2, b, b2] => Some(Colour(r * 16 + r2, g * 16 + g2, b * 16 + b2)),
            _ => None,
        }
    }

    fn luminance(self) -> f64 {
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// WCAG 2.2's contrast ratio, 1 to 21.
    pub fn contrast(self, other: Colour) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// `share` (0–1) of the way to `other`.
    fn towards(self, other: Colour, share: f64) -> Colour {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Colour(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// The first step on the way to `end` that can be read on `ground` and on its own soft tint of `surface`.
    /// Only the lightness moves: mixing with white or black would turn a brand's colour to grey.
    fn readable(self, end: Colour, ground: Colour, surface: Colour) -> Colour {
        let (hue, saturation, own) = self.hsl();
        let goal = end.hsl().2;
        (0..=25)
            .map(|step| if step == 0 { self } else { Colour::of_hsl(hue, saturation, own + (goal - own) * f64::from(step) * 0.04) })
            .find(|c| c.contrast(ground) >= READABLE && c.contrast(surface.towards(*c, SOFT)) >= READABLE)
            .unwrap_or(end)
    }

    /// Hue 0–6, saturation and lightness 0–1 (CSS Color 4, section 7).
    fn hsl(self) -> (f64, f64, f64) {
        let [r, g, b] = [self.0, self.1, self.2].map(|v| f64::from(v) / 255.0);
        let (max, min) = (r.max(g).max(b), r.min(g).min(b));
        let (light, spread) = ((max + min) / 2.0, max - min);
        if spread == 0.0 {
            return (0.0, 0.0, light);
        }
        let hue = match max {
            m if m == r => ((g - b) / spread).rem_euclid(6.0),
            m if m == g => (b - r) / spread + 2.0,
            _ => (r - g) / spread + 4.0,
        };
        (hue, spread / (1.0 - (2.0 * light - 1.0).abs()), light)
    }

    fn of_hsl(hue: f64, saturation: f64, light: f64) -> Colour {
        let channel = |n: f64| {
            let k = (n + hue * 2.0).rem_euclid(12.0);
            let v = light - saturation * light.min(1.0 - light) * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
            (v.clamp(0.0, 1.0) * 255.0).round() as u8
        };
        Colour(channel(0.0), channel(8.0), channel(4.0))
    }

    fn text_on(self) -> Colour {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }
}

/// How much of the accent its soft tint holds.
const SOFT: f64 = 0.10;

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// What one brand colour becomes: text and buttons, what stands on them, and the soft ground; for light and dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Accent {
    pub light: Colour,
    pub on_light: Colour,
    pub soft_light: Colour,
    pub dark: Colour,
    pub on_dark: Colour,
    pub soft_dark: Colour,
}

/// Accents that were looked for before.
type Found = HashMap<(Colour, Option<Colour>), Accent>;
static FOUND: LazyLock<RwLock<Found>> = LazyLock::new(RwLock::default);
const FOUND_MAX: usize = 1_000;

impl Accent {
    /// A search with many powers in it, so it is done once for each colour.
    pub fn of(light: Colour, dark: Option<Colour>) -> Accent {
        if let Some(found) = FOUND.read().unwrap_or_else(PoisonError::into_inner).get(&(light, dark)) {
            return *found;
        }
        let accent = Accent::search(light, dark);
        let mut found = FOUND.write().unwrap_or_else(PoisonError::into_inner);
        if found.len() >= FOUND_MAX {
            found.clear();
        }
        found.insert((light, dark), accent);
        accent
    }

    fn search(light: Colour, dark: Option<Colour>) -> Accent {
        let shade = light.readable(BLACK, LIGHT_GROUND, LIGHT_SURFACE);
        let tint = dark.unwrap_or(light).readable(WHITE, DARK_GROUND, DARK_GROUND);
        Accent {
            light: shade,
            on_light: shade.text_on(),
            soft_light: LIGHT_SURFACE.towards(shade, SOFT),
            dark: tint,
            on_dark: tint.text_on(),
            soft_dark: DARK_GROUND.towards(tint, SOFT),
        }
    }
}

impl Default for Accent {
    fn default() -> Accent {
        Accent::of(Colour(0x24, 0x46, 0xc4), Some(Colour(0xa8, 0xbc, 0xff)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_colour_a_brand_picks_can_be_read() {
        for r in (0..=255).step_by(51) {
            for g in (0..=255).step_by(51) {
                for b in (0..=255).step_by(51) {
                    let a = Accent::of(Colour(r as u8, g as u8, b as u8), None);
                    assert!(a.light.contrast(LIGHT_GROUND) >= 4.5, "{a:?}");
                    assert!(a.light.contrast(a.soft_light) >= 4.5, "{a:?}");
                    assert!(a.dark.contrast(DARK_GROUND) >= 4.5, "{a:?}");
                    assert!(a.dark.contrast(a.soft_dark) >= 4.5, "{a:?}");
                    assert!(a.on_light.contrast(a.light) >= 4.5 && a.on_dark.contrast(a.dark) >= 4.5, "{a:?}");
                }
            }
        }
    }

    #[test]
    fn a_readable_colour_is_left_as_the_brand_chose_it() {
        assert_eq!(Accent::of(Colour::parse("#0b6b45").unwrap(), None).light.to_string(), "#0b6b45");
    }

    #[test]
    fn what_is_not_a_plain_hex_colour_never_reaches_the_style_sheet() {
        for text in ["red", "#12", "#12345g", "#fff;}", "url(x)", "", "#ééé"] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }
}
