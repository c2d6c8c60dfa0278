//! Writes every sample page into `target/samples/`, for eyes and for the accessibility gate.

use std::{fs, path::Path, sync::Arc};

use whereabouts_server::mail::{Audience, MailView, News};
use whereabouts_server::web::pages::{
    lookup::{self, LookupAnswer},
    notice, samples,
    track::TrackView,
};
use whereabouts_server::words::brand::BrandView;

fn main() -> anyhow::Result<()> {
    let folder = Path::new("target/samples");
    fs::create_dir_all(folder)?;
    let brand = Arc::new(samples::brand());
    for (name, order) in samples::orders() {
        fs::write(folder.join(format!("{name}.html")), TrackView::of(Arc::clone(&brand), &order).html()?)?;
        let arabic = BrandView { locale: "ar-EG".into(), ..BrandView::clone(&brand) };
        fs::write(folder.join(format!("{name}.rtl.html")), TrackView::of(Arc::new(arabic), &order).html()?)?;
    }
    fs::write(folder.join("lookup.html"), lookup::html(&brand, "/track", LookupAnswer::Fresh)?)?;
    fs::write(folder.join("lookup-wrong.html"), lookup::html(&brand, "/track", LookupAnswer::NotFound)?)?;
    fs::write(folder.join("not-found.html"), notice::not_found(&brand, "/track")?)?;
    fs::write(folder.join("problem.html"), notice::problem(&brand)?)?;
    let mails = [
        ("in-transit", News::Shipped, Audience::Buyer),
        ("out-for-delivery", News::OutForDelivery, Audience::Buyer),
        ("delivered", News::Delivered, Audience::Buyer),
        ("attempted", News::AttemptFailed, Audience::Buyer),
        ("pickup", News::ReadyForCollection, Audience::Buyer),
        ("late-new-day", News::Late, Audience::Buyer),
        ("in-transit", News::FoundAgain, Audience::Buyer),
        ("split", News::Delivered, Audience::Buyer),
        ("gift", News::Shipped, Audience::GiftRecipient),
    ];
    for (i, (name, news, audience)) in mails.into_iter().enumerate() {
        let Some((_, order)) = samples::orders().into_iter().find(|(n, _)| *n == name) else { continue };
        let link = "https://track.fernandfield.example/t/9pXw2mZk7QvT4uYb1cNd3e";
        if let Some(view) = MailView::of(&brand, &order, 0, news, audience, link) {
            let mail = view.compose()?;
            fs::write(folder.join(format!("mail-{i}-{name}.html")), mail.html)?;
            fs::write(folder.join(format!("mail-{i}-{name}.txt")), format!("Subject: {}\n\n{}", mail.subject, mail.text))?;
        }
    }
    Ok(())
}
