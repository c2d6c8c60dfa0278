//! A brand's face: what every page and message of it carries.

use serde::Serialize;

use super::colour::{Accent, Colour};

/// A retailer's face. Everything here is public; nothing in it is about a shopper.
#[derive(Clone, Debug, Default, Hash, Serialize)]
pub struct BrandView {
    pub name: String,
    /// Shown instead of the name's letters when it is there. An address on our own host keeps the page free of third parties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_url: Option<String>,
    #[serde(skip)]
    pub accent: Accent,
    pub help: Help,
    /// BCP 47, as `en-GB`. Decides how days and clocks are written.
    pub locale: String,
}

/// How a shopper reaches a person; the same place on every page (WCAG 3.2.6).
#[derive(Clone, Debug, Default, Hash, Serialize)]
pub struct Help {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Opening hours, as the brand writes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
}

impl Help {
    pub fn is_empty(&self) -> bool {
        self.url.is_none() && self.phone.is_none() && self.email.is_none()
    }
    /// A number as a telephone can dial it.
    pub fn dial(&self) -> String {
        self.phone.iter().flat_map(|p| p.chars()).filter(|c| c.is_ascii_digit() || *c == '+').collect()
    }
}

impl BrandView {
    pub fn named(name: impl Into<String>) -> BrandView {
        BrandView { name: name.into(), locale: "en-GB".into(), ..BrandView::default() }
    }

    /// The brand's colours as it typed them; what cannot be read as a colour is left at the product's own.
    pub fn coloured(mut self, light: &str, dark: Option<&str>) -> BrandView {
        if let Some(colour) = Colour::parse(light) {
            self.accent = Accent::of(colour, dark.and_then(Colour::parse));
        }
        self
    }

    pub fn home(&self) -> Option<&str> {
        web_address(self.home_url.as_deref())
    }
    pub fn logo(&self) -> Option<&str> {
        web_address(self.logo_url.as_deref())
    }
    pub fn help_page(&self) -> Option<&str> {
        web_address(self.help.url.as_deref())
    }

    /// A browser tab's picture: the brand's first letter on its colour, inside the page, so that no request is spent on it.
    pub fn icon(&self) -> String {
        let letter: String = self.name.chars().find(|c| c.is_alphanumeric()).into_iter().flat_map(char::to_uppercase).collect();
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='9' fill='{}'/><text x='16' y='22.5' \
             text-anchor='middle' font-family='system-ui,sans-serif' font-size='18' font-weight='700' fill='{}'>{letter}</text></svg>",
            self.accent.light, self.accent.on_light
        );
        let plain = |b: u8| b.is_ascii_alphanumeric() || b" =':/.,-".contains(&b);
        let mut address = String::with_capacity(2 * svg.len());
        address.push_str("data:image/svg+xml,");
        let digit = |n: u8| char::from(b"0123456789ABCDEF"[usize::from(n)]);
        for b in svg.bytes() {
            if plain(b) {
                address.push(char::from(b));
            } else {
                address.extend(['%', digit(b >> 4), digit(b & 15)]);
            }
        }
        address
    }

    /// The texts are English so far, whatever the locale: a screen reader must be told the language that is really there.
    pub fn lang(&self) -> &str {
        if self.locale.starts_with("en") { &self.locale } else { "en" }
    }

    pub fn dir(&self) -> &'static str {
        match self.locale.split('-').next().unwrap_or("") {
            "ar" | "he" | "fa" | "ur" | "yi" | "ps" | "dv" | "ckb" => "rtl",
            _ => "ltr",
        }
    }
}

/// Only web addresses may become links: a `javascript:` or `data:` address typed into a setting must stay dead text.
pub fn web_address(url: Option<&str>) -> Option<&str> {
    url.map(str::trim).filter(|u| u.starts_with("https://") || u.starts_with("http://") || (u.starts_with('/') && !u.starts_with("//")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(web_address(Some("https://shop.example/help")), Some("https://shop.example/help"));
        assert_eq!(web_address(Some("/logo.svg")), Some("/logo.svg"));
        assert_eq!(web_address(Some("//evil.example")), None);
        assert_eq!(web_address(Some("javascript:alert(1)")), None);
        assert_eq!(web_address(None), None);
    }
}
