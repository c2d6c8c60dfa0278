//! Writes every sample of the desk to `target/samples/desk-*.html`, its style and script within, to be looked at and audited.

use std::{fs, path::Path};

use askama::Template;
use whereabouts_server::web::desk::{
    SCRIPT, STYLE,
    carriers::{CarrierView, CarriersView},
    codes::CodesView,
    corrections::CorrectionsView,
    docs::DocsView,
    file_sources::{SourceView, SourcesView},
    files::{FileView, FilesView},
    home::HomeView,
    hooks::HooksView,
    login::LoginView,
    mappings::{MappingView, MappingsView},
    order::OrderView,
    outbox::OutboxView,
    problem::ProblemView,
    quarantine::QuarantineView,
    queue::QueueView,
    received::{PayloadView, ReceivedView},
    rules::{RuleView, RulesView},
    search::SearchView,
    sending::SendingView,
    serve::assets,
    settings::SettingsView,
    shipment::ShipmentView,
    states::StatesView,
    unmatched::UnmatchedView,
    webhooks::{WebhookView, WebhooksView},
};

fn main() -> anyhow::Result<()> {
    write(HomeView::samples())?;
    write(QueueView::samples())?;
    write(SearchView::samples())?;
    write(ShipmentView::samples())?;
    write(OrderView::samples())?;
    write(LoginView::samples())?;
    write(ProblemView::samples())?;
    write(UnmatchedView::samples())?;
    write(QuarantineView::samples())?;
    write(CarriersView::samples())?;
    write(CarrierView::samples())?;
    write(CodesView::samples())?;
    write(FilesView::samples())?;
    write(FileView::samples())?;
    write(SourcesView::samples())?;
    write(SourceView::samples())?;
    write(CorrectionsView::samples())?;
    write(ReceivedView::samples())?;
    write(PayloadView::samples())?;
    write(HooksView::samples())?;
    write(MappingsView::samples())?;
    write(MappingView::samples())?;
    write(RulesView::samples())?;
    write(RuleView::samples())?;
    write(SendingView::samples())?;
    write(SettingsView::samples())?;
    write(WebhooksView::samples())?;
    write(WebhookView::samples())?;
    write(OutboxView::samples())?;
    write(StatesView::samples())?;
    write(DocsView::samples())
}

fn write(samples: Vec<(&'static str, impl Template)>) -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/samples");
    fs::create_dir_all(&folder)?;
    for (name, view) in samples {
        let html = view
            .render()?
            .replace(&format!("<link rel=\"stylesheet\" href=\"{}\">", assets::style_address()), &format!("<style>{STYLE}</style>"))
            .replace(
                &format!("<script type=\"module\" src=\"{}\"></script>", assets::script_address()),
                &format!("<script type=\"module\">{SCRIPT}</script>"),
            );
        fs::write(folder.join(format!("desk-{name}.html")), html)?;
    }
    Ok(())
}
