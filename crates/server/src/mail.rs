//! One message about one change of an order: subject, text and HTML of equal content. Pure: what is said comes from the same
//! place as the tracking page's words, with days written out, because a message may be read tomorrow.

use askama::Template;
use whereabouts_domain::{Milestone, State};

use crate::words::{
    brand::{BrandView, web_address},
    days::{Days, Span},
    followed::{FollowedOrder, FollowedParcel},
    order_words::order_answer,
    steps::{self, Step},
    timeline::capital,
    track_words::{Answer, Telling, collect_by, expected, parcel_answer},
};

/// What happened, as the rules that choose messages call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Shipped,
    OutForDelivery,
    Delivered,
    AttemptFailed,
    ReadyForCollection,
    Late,
    MayBeMissing,
    FoundAgain,
    /// Somebody but the shopper can't go on without the shopper: charges, an address.
    ActionNeeded,
    /// A day by which the shopper must act comes near.
    ActByReminder,
    /// The same, for the last time.
    ActByLastReminder,
    GoingBack,
    /// A return has reached the retailer.
    ReturnReceived,
    Refunded,
}

impl News {
    pub const ALL: [News; 14] = [
        News::Shipped,
        News::OutForDelivery,
        News::Delivered,
        News::AttemptFailed,
        News::ReadyForCollection,
        News::Late,
        News::MayBeMissing,
        News::FoundAgain,
        News::ActionNeeded,
        News::ActByReminder,
        News::ActByLastReminder,
        News::GoingBack,
        News::ReturnReceived,
        News::Refunded,
    ];
}

/// To whom a message goes. It decides what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Buyer,
    /// Somebody else at the door (B2B, a household): knows of the order.
    Recipient,
    /// Must not learn what is inside, what it cost or who sent it.
    GiftRecipient,
}

/// A message in finished words.
#[derive(Clone, Debug)]
pub struct MailView {
    pub brand: BrandView,
    pub subject: String,
    /// The line that mailboxes show beside the subject.
    pub preheader: String,
    /// "Order FF-20418 · parcel 2 of 3".
    pub about: String,
    pub headline: String,
    pub paragraphs: Vec<String>,
    pub steps: Vec<Step>,
    pub step_words: String,
    pub button: &'static str,
    pub link: String,
    pub facts: Vec<(&'static str, String)>,
    pub items: Vec<(String, i64)>,
    pub help: Vec<(&'static str, String)>,
    pub because: String,
}

/// A message ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Mailboxes cut what is longer (Gmail at about 102 KB); ours stay far below.
pub const MAIL_BYTES_MAX: usize = 60 * 1024;
/// More articles than this are counted instead of listed.
const ITEMS_MAX: usize = 20;

impl MailView {
    /// `parcel` is an index into the order's parcels; `link` the tracking page's address.
    pub fn of(brand: &BrandView, order: &FollowedOrder, parcel: usize, news: News, audience: Audience, link: &str) -> Option<MailView> {
        let p = order.parcels.get(parcel)?;
        let days = Days::for_message(order.now, &order.zone, &brand.locale);
        let telling = Telling { order, brand: &brand.name, days: &days };
        let number = number_of(order, parcel);
        let (headline, paragraphs) = told(&telling, p, news);
        let steps = if matches!(p.state, State::Cancelled | State::Lost | State::Destroyed) { Vec::new() } else { steps::of(p) };
        let items: Vec<_> = if audience == Audience::GiftRecipient { vec![] } else { items(p) };
        Some(MailView {
            subject: tidy(&subject(&telling, p, news, audience, number)),
            preheader: paragraphs.first().map(|why| format!("{headline}. {why}")).unwrap_or_else(|| headline.clone()),
            about: about(order, audience, p, number),
            step_words: if steps.is_empty() { String::new() } else { steps::spoken(&steps) },
            steps,
            button: if p.kind.is_return() { "Follow your return" } else { "Follow your parcel" },
            link: web_address(Some(link)).unwrap_or_default().into(),
            facts: facts(&telling, p, audience),
            items,
            help: help(brand),
            because: match audience {
                Audience::Buyer => format!("You get this message because you ordered from {}.", brand.name),
                _ => format!("You get this message because a parcel from {} is on its way to you.", brand.name),
            },
            headline,
            paragraphs,
            brand: brand.clone(),
        })
    }

    /// An address as a person reads it: in the text twin a telephone number needs no scheme.
    fn bare<'a>(&self, href: &'a str) -> &'a str {
        href.strip_prefix("mailto:").or_else(|| href.strip_prefix("tel:")).unwrap_or(href)
    }

    pub fn compose(&self) -> Result<Mail, askama::Error> {
        // Nobody's mailbox shows a picture from a path without a host.
        let logo = self.brand.logo().filter(|url| url.starts_with("http"));
        let html = MessageHtml { view: self, brand: &self.brand, logo }.render()?;
        let text = MessageText { view: self, brand: &self.brand }.render()?;
        Ok(Mail { subject: self.subject.clone(), text: unblank(&text), html })
    }
}

/// `(2, 3)`: the second of three parcels on their way out; `None` where there is only one, and for returns.
fn number_of(order: &FollowedOrder, parcel: usize) -> Option<(usize, usize)> {
    let outward = |parcels: &[FollowedParcel]| parcels.iter().filter(|p| !p.kind.is_return()).count();
    let all = outward(&order.parcels);
    let own = order.parcels.get(parcel).is_some_and(|p| !p.kind.is_return());
    (own && all > 1).then(|| (outward(&order.parcels[..=parcel]), all))
}

fn subject(t: &Telling, p: &FollowedParcel, news: News, audience: Audience, number: Option<(usize, usize)>) -> String {
    let brand = t.brand;
    let what = match (p.kind.is_return(), number, audience) {
        (true, ..) => format!("Your return to {brand}"),
        (false, Some((n, all)), _) => format!("Parcel {n} of {all} from {brand}"),
        (false, None, Audience::GiftRecipient) => format!("Your parcel from {brand}"),
        (false, None, _) => format!("Your order from {brand}"),
    };
    // In the middle of a sentence: "We're checking on your order from …".
    let what_inside = what.strip_prefix("Your ").map_or_else(|| format!("p{}", &what[1..]), |rest| format!("your {rest}"));
    match news {
        News::Shipped => format!("{what} is on its way"),
        News::OutForDelivery => format!("{what} is out for delivery"),
        News::Delivered if p.state == State::CollectedByShopper => format!("{what} was collected"),
        News::Delivered => format!("{what} was delivered"),
        News::AttemptFailed => format!("{what} could not be delivered yet"),
        News::ReadyForCollection => format!("{what} is ready to collect"),
        News::Late => format!("{what} is running late"),
        News::MayBeMissing => format!("We're checking on {what_inside}"),
        News::FoundAgain => format!("{what} is moving again"),
        News::ActionNeeded if p.state == State::CustomsChargesDue => format!("Customs charges are due for {what_inside}"),
        News::ActionNeeded => format!("{what} needs something from you"),
        News::ActByReminder => format!("Reminder: {}", awaited(p, &what_inside)),
        News::ActByLastReminder => format!("Last reminder: {}", awaited(p, &what_inside)),
        News::GoingBack => format!("{what} is on its way back to us"),
        News::ReturnReceived => format!("{what} has arrived"),
        News::Refunded => format!("Your refund from {brand} is on its way"),
    }
}

/// What the shopper is reminded of.
fn awaited(p: &FollowedParcel, what: &str) -> String {
    match (p.state, p.milestone) {
        (State::CustomsChargesDue, _) => format!("customs charges are due for {what}"),
        (State::AwaitingDropOff, _) => format!("{what} waits to be dropped off"),
        (_, Milestone::AvailableForPickup) => format!("{what} waits to be collected"),
        _ => format!("{what} waits for you"),
    }
}

/// Headline and paragraphs. The page's own answer, but where a message tells of the change itself.
fn told(t: &Telling, p: &FollowedParcel, news: News) -> (String, Vec<String>) {
    let Answer { headline, detail, next, .. } = parcel_answer(t, p);
    let when = expected(p, t.days).map(|span| t.days.arrival(&span));
    match news {
        News::Shipped if p.milestone == Milestone::InfoReceived || p.milestone == Milestone::Pending => {
            let carrier = p.carrier_words();
            let words = match when {
                Some(when) => format!("We have handed it to {carrier}. It should be with you {when}."),
                None => format!("We have handed it to {carrier}."),
            };
            ("Your parcel is on its way".into(), vec![words])
        }
        News::FoundAgain => {
            let carrier = capital(p.carrier_words());
            let words = match when {
                Some(when) => format!("{carrier} has scanned it again. It is now expected {when}."),
                None => format!("{carrier} has scanned it again, and it is on its way."),
            };
            ("Good news: your parcel is moving again".into(), vec![words, "Thank you for your patience.".into()])
        }
        _ => (headline, detail.into_iter().chain(next).collect()),
    }
}

fn about(order: &FollowedOrder, audience: Audience, p: &FollowedParcel, number: Option<(usize, usize)>) -> String {
    let order = order.order_number.as_deref().filter(|_| audience != Audience::GiftRecipient).map(|n| format!("Order {n}"));
    let parcel = number.map(|(n, all)| format!("parcel {n} of {all}"));
    let words: Vec<String> = order.into_iter().chain(parcel).collect();
    match words.is_empty() {
        true if p.kind.is_return() => "Your return".into(),
        true => "Your parcel".into(),
        false => capital(&words.join(" · ")),
    }
}

fn facts(t: &Telling, p: &FollowedParcel, audience: Audience) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(point) = p.pickup_point.as_ref().filter(|_| p.milestone == Milestone::AvailableForPickup) {
        let place: Vec<&str> = [&point.name, &point.address].into_iter().flatten().map(String::as_str).collect();
        facts.extend((!place.is_empty()).then(|| ("Collect it at", place.join(", "))));
        facts.extend(point.hours.clone().map(|hours| ("Open", hours)));
    }
    if p.milestone == Milestone::AvailableForPickup {
        let until = collect_by(p).filter(|end| !t.days.is_over(*end));
        facts.extend(until.map(|end| ("Last day to collect", capital(&t.days.day(t.days.end_date(end))))));
    }
    facts.extend(p.carrier.clone().map(|carrier| ("Carrier", carrier)));
    facts.extend(p.tracking_number.clone().map(|number| ("Tracking number", number)));
    if p.late {
        let first = p.first_promised.as_ref().or(p.promised.as_ref()).and_then(Span::of_promise);
        facts.extend(first.map(|span| ("Promised by", t.days.full_day(t.days.end_date(span.end)))));
    }
    let outward = t.order.parcels.iter().filter(|p| !p.kind.is_return()).count();
    if outward > 1 && audience != Audience::GiftRecipient {
        facts.push(("The whole order", order_answer(t).headline));
    }
    facts
}

fn items(p: &FollowedParcel) -> Vec<(String, i64)> {
    let mut items: Vec<(String, i64)> = p.items.iter().take(ITEMS_MAX).map(|i| (i.name.clone(), i.quantity)).collect();
    let rest: i64 = p.items.iter().skip(ITEMS_MAX).map(|i| i.quantity).sum();
    if rest > 0 {
        items.push(("More articles".into(), rest));
    }
    items
}

fn help(brand: &BrandView) -> Vec<(&'static str, String)> {
    let page = brand.help_page().filter(|url| url.starts_with("http")).map(|url| ("Help and contact", url.to_owned()));
    let mail = brand.help.email.as_ref().map(|email| ("Write to us", format!("mailto:{email}")));
    let call = brand.help.phone.as_ref().map(|_| ("Call us", format!("tel:{}", brand.help.dial())));
    page.into_iter().chain(mail).chain(call).collect()
}

/// A subject is one line: a brand's name with a line break in it must not start a new header.
fn tidy(subject: &str) -> String {
    subject.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// At most one blank line in a row, none at the ends: what is left of a template's branches is not part of the letter.
fn unblank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.trim().lines().map(str::trim_end) {
        if !(line.is_empty() && out.ends_with("\n\n")) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[derive(Template)]
#[template(path = "mail/message.html")]
struct MessageHtml<'a> {
    view: &'a MailView,
    brand: &'a BrandView,
    logo: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "mail/message.txt")]
struct MessageText<'a> {
    view: &'a MailView,
    brand: &'a BrandView,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::samples;

    const LINK: &str = "https://track.fernandfield.example/t/9pXw2mZk7QvT4uYb1cNd3e";

    fn view(sample: &str, parcel: usize, news: News, audience: Audience) -> MailView {
        let (_, order) = samples::orders().into_iter().find(|(n, _)| *n == sample).unwrap();
        MailView::of(&samples::brand(), &order, parcel, news, audience, LINK).unwrap()
    }
    fn subject(sample: &str, news: News) -> String {
        view(sample, 0, news, Audience::Buyer).subject
    }

    #[test]
    fn the_subject_names_what_happened() {
        assert_eq!(subject("in-transit", News::Shipped), "Your order from Fern & Field is on its way");
        assert_eq!(subject("out-for-delivery", News::OutForDelivery), "Your order from Fern & Field is out for delivery");
        assert_eq!(subject("delivered", News::Delivered), "Your order from Fern & Field was delivered");
        assert_eq!(subject("pickup", News::ReadyForCollection), "Your order from Fern & Field is ready to collect");
        assert_eq!(subject("pickup", News::ActByReminder), "Reminder: your order from Fern & Field waits to be collected");
        assert_eq!(subject("pickup", News::ActByLastReminder), "Last reminder: your order from Fern & Field waits to be collected");
        assert_eq!(subject("late-new-day", News::Late), "Your order from Fern & Field is running late");
        assert_eq!(subject("may-be-missing", News::MayBeMissing), "We're checking on your order from Fern & Field");
        assert_eq!(subject("return-drop-off", News::ActByReminder), "Reminder: your return to Fern & Field waits to be dropped off");
        assert_eq!(view("split", 1, News::OutForDelivery, Audience::Buyer).subject, "Parcel 2 of 3 from Fern & Field is out for delivery");
        assert_eq!(view("gift", 0, News::Shipped, Audience::GiftRecipient).subject, "Your parcel from Fern & Field is on its way");
    }

    #[test]
    fn a_late_order_is_told_with_its_new_day_written_out() {
        let mail = view("late-new-day", 0, News::Late, Audience::Buyer).compose().unwrap();
        assert!(mail.text.contains("Running late: now expected Thursday 26 November"), "{}", mail.text);
        assert!(mail.text.contains("It should have been with you by Monday 23 November; we're sorry."), "{}", mail.text);
    }

    #[test]
    fn a_parcel_to_collect_is_told_with_its_place_and_last_day() {
        let mail = view("pickup", 0, News::ReadyForCollection, Audience::Buyer).compose().unwrap();
        for part in ["Corner Shop Headingley", "14 Otley Road", "Last day to collect: Tuesday 1 December", "Mon–Sat 7:00–22:00"] {
            assert!(mail.text.contains(part), "{part}\n{}", mail.text);
        }
    }

    #[test]
    fn a_gifts_recipient_learns_nothing_of_contents_order_or_buyer() {
        // Even when whoever fills the order forgot to leave the articles out.
        let mail = view("split", 1, News::Shipped, Audience::GiftRecipient).compose().unwrap();
        for secret in ["Linen", "socks", "FF-20418", "you ordered"] {
            assert!(!mail.html.contains(secret) && !mail.text.contains(secret) && !mail.subject.contains(secret), "{secret}");
        }
    }

    #[test]
    fn text_and_html_say_the_same() {
        for (name, order) in samples::orders().into_iter().filter(|(_, o)| !o.parcels.is_empty()) {
            for news in News::ALL {
                let view = MailView::of(&samples::brand(), &order, 0, news, Audience::Buyer, LINK).unwrap();
                let mail = view.compose().unwrap();
                assert!(mail.html.len() < MAIL_BYTES_MAX, "{name} {news:?} {}", mail.html.len());
                let mut parts = vec![view.headline.clone(), view.about.clone(), view.link.clone(), view.step_words.clone()];
                parts.extend(view.paragraphs.clone());
                parts.extend(view.facts.iter().map(|(_, value)| value.clone()));
                parts.extend(view.items.iter().map(|(name, _)| name.clone()));
                let html = mail.html.replace("&#39;", "'").replace("&#38;", "&");
                for part in parts {
                    assert!(html.contains(&part) && mail.text.contains(&part), "{name} {news:?} lacks: {part}\n{}", mail.text);
                }
            }
        }
    }

    #[test]
    fn a_message_never_says_today_or_tomorrow() {
        for (name, order) in samples::orders().into_iter().filter(|(_, o)| !o.parcels.is_empty()) {
            for news in News::ALL {
                let mail = MailView::of(&samples::brand(), &order, 0, news, Audience::Buyer, LINK).unwrap().compose().unwrap();
                for word in ["today", "tomorrow", "yesterday"] {
                    assert!(!mail.text.to_lowercase().contains(word), "{name} {news:?}: {}", mail.text);
                }
            }
        }
    }

    #[test]
    fn a_brands_name_cannot_break_out() {
        let (_, order) = samples::orders().remove(3);
        let brand = BrandView::named("Fern\r\nBcc: all@example.org <b>");
        let mail = MailView::of(&brand, &order, 0, News::Shipped, Audience::Buyer, "javascript:alert(1)").unwrap().compose().unwrap();
        assert!(!mail.subject.contains(['\r', '\n']));
        assert!(!mail.html.contains("<b>") && !mail.html.contains("javascript:"));
    }
}
