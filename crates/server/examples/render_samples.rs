//! Writes every sample page into `target/samples/`, for eyes and for the accessibility gate.

use std::{fs, path::Path};

use whereabouts_server::web::pages::{
    brand::BrandView,
    lookup::{self, LookupAnswer},
    notice, samples,
    track::TrackView,
};

fn main() -> anyhow::Result<()> {
    let folder = Path::new("target/samples");
    fs::create_dir_all(folder)?;
    let brand = samples::brand();
    for (name, order) in samples::orders() {
        fs::write(folder.join(format!("{name}.html")), TrackView::of(&brand, &order).html()?)?;
        let arabic = BrandView { locale: "ar-EG".into(), ..brand.clone() };
        fs::write(folder.join(format!("{name}.rtl.html")), TrackView::of(&arabic, &order).html()?)?;
    }
    fs::write(folder.join("lookup.html"), lookup::html(&brand, "/track", LookupAnswer::Fresh)?)?;
    fs::write(folder.join("lookup-wrong.html"), lookup::html(&brand, "/track", LookupAnswer::NotFound)?)?;
    fs::write(folder.join("not-found.html"), notice::not_found(&brand, "/track")?)?;
    fs::write(folder.join("problem.html"), notice::problem(&brand)?)?;
    Ok(())
}
