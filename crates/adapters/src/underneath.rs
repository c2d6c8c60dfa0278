//! The carrier underneath: aggregators name carriers by slug, by name or by number; here they become our ids.

use whereabouts_domain::TimeBasis;

use crate::{Carrier, by_id, clock::ZoneRule};

/// Our id for a carrier that an aggregator names; else the aggregator's own name for it.
pub fn carrier_id(named: &str) -> String {
    let named = named.trim();
    known(named).map_or_else(|| named.to_string(), str::to_string)
}

/// Our id, if the carrier is one we know. Letter case, blanks and punctuation do not matter.
pub fn known(named: &str) -> Option<&'static str> {
    let plain = plain(named);
    NAMES.iter().find(|(_, names)| names.split(' ').any(|name| name == plain)).map(|(id, _)| *id)
}

fn plain(named: &str) -> String {
    named.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

/// Clocks without an offset are of the carrier's home rather than of the aggregator's: of the country in its name, of its
/// card, or of the list of those that have no adapter. By our id or by the aggregator's name, which may tell more.
pub fn rule_of(named: &str, rule: &ZoneRule) -> ZoneRule {
    if rule.basis != TimeBasis::Assumed {
        return rule.clone();
    }
    let card = || by_id(named).or_else(|| known(named).and_then(by_id)).map(Carrier::card).filter(|card| !card.aggregator);
    let zone = zone_in_name(named).or_else(|| card().map(|card| card.zone)).or_else(|| home(named));
    zone.map_or_else(|| rule.clone(), |zone| ZoneRule::of(None, zone))
}

/// `inpost-uk`, `fastway-ireland`: a branch is at home where its name says.
fn zone_in_name(named: &str) -> Option<&'static str> {
    let last = named.rsplit(['-', '_', ' ']).find(|word| !word.is_empty()).filter(|last| last.len() < named.len())?;
    match last.to_ascii_lowercase().as_str() {
        "uk" | "gb" => Some("Europe/London"),
        "ireland" | "ie" => Some("Europe/Dublin"),
        "germany" | "de" => Some("Europe/Berlin"),
        "france" | "fr" => Some("Europe/Paris"),
        "spain" | "es" => Some("Europe/Madrid"),
        "italy" | "italia" | "it" => Some("Europe/Rome"),
        "netherlands" | "nl" => Some("Europe/Amsterdam"),
        "belgium" | "be" => Some("Europe/Brussels"),
        "austria" | "at" => Some("Europe/Vienna"),
        "switzerland" | "ch" => Some("Europe/Zurich"),
        "poland" | "pl" => Some("Europe/Warsaw"),
        "portugal" | "pt" => Some("Europe/Lisbon"),
        "sweden" | "se" => Some("Europe/Stockholm"),
        "denmark" | "dk" => Some("Europe/Copenhagen"),
        "norway" => Some("Europe/Oslo"),
        "finland" | "fi" => Some("Europe/Helsinki"),
        "japan" | "jp" => Some("Asia/Tokyo"),
        "singapore" | "sg" => Some("Asia/Singapore"),
        _ => None,
    }
}

/// Where a carrier is at home for which there is no adapter.
fn home(named: &str) -> Option<&'static str> {
    let plain = plain(named);
    HOMES.iter().find(|(_, names)| names.split(' ').any(|name| plain.starts_with(name))).map(|(zone, _)| *zone)
}

/// Zone, then beginnings of names without blanks and punctuation, lower case.
const HOMES: &[(&str, &str)] = &[
    (
        "Europe/London",
        "arrowxl whistl p2ptrc p2ptrak collectplus palletways palletline panther tuffnells xdp parcel2go parcelhub hived citylink \
         jerseypost guernseypost thedeliverygroup citysprint menziesdistribution toyou evri hermesuk",
    ),
    ("Europe/Dublin", "nightline dpdie"),
    ("Europe/Berlin", "hermes2mann dhl2mann transoflex deutschepost germanpost"),
    ("Europe/Paris", "mondialrelay relaiscolis colisprive"),
    ("Europe/Madrid", "correos seur mrw nacex tipsa envialia"),
    ("Europe/Rome", "posteitaliane brt bartolini sda"),
    ("Europe/Lisbon", "ctt portugalctt"),
    ("Europe/Vienna", "austrianpost"),
    ("Europe/Zurich", "swisspost"),
    ("Europe/Warsaw", "pocztapolska"),
];

/// Our id, then slugs, names and 17TRACK numbers without blanks and punctuation, lower case.
const NAMES: &[(&str, &str)] = &[
    ("allied_express", "alliedexpress"),
    ("amazon_shipping", "amazonshipping amazon amazonshippingamazonmcf amazonlogistics amzlus"),
    ("amazon_shipping_uk", "amazonshippinguk amazonlogisticsuk amzluk amazonuk amazonukapi"),
    ("an_post", "anpost anpostireland irishpost 9051 09051"),
    ("apc", "apc apcovernight apcovernightuk apcuk apcovernightconnum"),
    ("aramex", "aramex 100006"),
    ("asendia", "asendia asendiausa asendiauk asendiade asendiahk"),
    ("boxknight", "boxknight"),
    ("canadapost", "canadapost canadianpost postescanada 3041"),
    ("bpost", "bpost bpostinternational belgiumpost"),
    ("chronopost", "chronopost chronopostfrance"),
    ("colissimo", "colissimo lapostecolissimo 6051"),
    (
        "dhl_ecommerce_americas",
        "dhlecommerce dhlecs dhlglobalmail dhlglobalmailinternational dhlecommerceus dhlecommerceamericas dhlecommerceamerica",
    ),
    ("dhl_express", "dhlexpress dhl dhlpieceid 100001"),
    ("dhl_freight", "dhlfreight"),
    ("dhl_parcel_de", "dhlpaket dhlparcelde dhlgermany dhlde deutschepostdhl dhlparcelgermany dhlpaketde 7041"),
    ("dhl_poland", "dhlpoland dhlparcelpoland dhlparcelpl dhlpl"),
    ("dicom", "dicom glscanada"),
    ("dpd_belux", "dpdbelux dpdbe dpdbelgium dpdlu"),
    ("dpd_france", "dpdfr dpdfrance exapaq"),
    ("dpd_group", "dpd dpdde dpdgermany dpdgroup dpdpl dpdpoland dpdnl dpdie dpdireland 100007"),
    ("dpd_local", "dpdlocal interlink interlinkexpress interlinkexpressuk dpdlocaluk"),
    ("dhl_ecommerce_uk", "dhlecommerceuk dhlparceluk dhlukmail ukmail dhluk"),
    ("dpd_uk", "dpduk dpdgb dpdukreference dpduksftp dpdukapi 100010"),
    ("dsv", "dsv"),
    ("dx", "dx dxdelivery dxfreight dxexpress dxsftp dxb2b dxb2bconnum"),
    (
        "evri",
        "evri evriuk myhermes myhermesuk hermesuk hermes hermesworld hermesworlduk hermesworldwide hermesparcelnet herm evriinternational 100331",
    ),
    ("fedex", "fedex federalexpress fedexground fedexsmartpost fedexfreight fedexgroundeconomy fedexuk fedexexpress 100003"),
    ("geodis", "geodis geodisfr calberson franceexpress"),
    ("gls", "gls glsgermany glsde glsgroup glsie glsireland glsnetherlands glsnl 100005"),
    ("hay_post", "haypost armeniapost"),
    ("hermes_de", "hermesde hermesgermany hermesworldde"),
    ("inpost", "inpost inpostuk inpostgb inpostpaczkomaty inpostpl paczkomatyinpost"),
    ("landmark", "landmark landmarkglobal"),
    ("laposte", "laposte lapostefrance"),
    ("lasership", "lasership lasershipv2"),
    ("nationex", "nationex"),
    ("ninja_van", "ninjavan ninjavanmy ninjavansg ninjavanph ninjavanth ninjavanvn ninjavanid ninjavanmalaysia"),
    ("ontrac", "ontrac ontracv3"),
    ("canpar", "canpar canparcourier"),
    ("parcelforce", "parcelforce parcelforceworldwide parcelforceuk pfw 11033"),
    ("parcelone", "parcelone"),
    ("postnl", "postnl postnl3s postnlinternational postnlinternational3s dutchpost tntpost 14041"),
    ("purolator", "purolator purolatorinternational"),
    ("roadie", "roadie"),
    ("royalmail", "royalmail royalmailuk royalmailgroup royalmailftp royalmailtracked 11031"),
    ("seko", "seko sekologistics omniparcel"),
    ("sendle", "sendle"),
    ("sf_express", "sfexpress sf sfexpresscn sfinternational shunfeng"),
    ("spring", "spring springgds springglobalmail"),
    ("tnt", "tnt tntexpress tntuk tntfr tntit"),
    ("ups", "ups upsdap unitedparcelservice upsground upsiparcel 100002"),
    ("ups_mail_innovations", "upsmi upsmailinnovations"),
    ("usps", "usps unitedstatespostalservice uspostalservice uspostal uspsreturns stampscom 21051"),
    ("veho", "veho shipveho"),
    ("australiapost", "australiapost auspost startrack"),
    ("pitney_bowes", "pitneybowes"),
    ("newgistics", "newgistics"),
    ("ics_courier", "icscourier ics"),
    ("yanwen", "yanwen yanwenexpress yanwenlogistics"),
    ("zoom2u", "zoom2u"),
    ("yodel", "yodel yodeldirect yodelinternational yodeluk"),
    ("yunexpress", "yunexpress yuntrack yunexpresscn 190008"),
];

#[cfg(test)]
mod tests {
    use super::{carrier_id, rule_of};
    use crate::clock::{self, DateOrder, ZoneRule};

    #[test]
    fn a_carrier_is_known_by_slug_name_and_number() {
        let table = [
            ("royal-mail", "royalmail"),
            ("USPS", "usps"),
            ("myhermes-uk", "evri"),
            ("dpd-uk", "dpd_uk"),
            ("DHL Paket", "dhl_parcel_de"),
            ("100002", "ups"),
            ("FedEx", "fedex"),
            ("an-post", "an_post"),
            ("apc-overnight", "apc"),
            ("dx-sftp", "dx"),
            ("DHLParcelUK", "dhl_ecommerce_uk"),
            ("11033", "parcelforce"),
            ("russian-post", "russian-post"),
        ];
        for (named, expected) in table {
            assert_eq!(carrier_id(named), expected, "{named}");
        }
    }

    #[test]
    fn a_clock_without_an_offset_is_of_the_carriers_home() {
        let assumed = ZoneRule::of(None, "UTC");
        let offset = |named: &str| {
            let moment = clock::read("2026-06-02T10:00:00", DateOrder::DayFirst, &rule_of(named, &assumed)).unwrap();
            moment.offset_seconds / 3600
        };
        let british = ["royal-mail", "dx", "apc-overnight", "uk-mail", "tuffnells", "arrowxl", "inpost-uk", "tnt-uk", "DPDUK", "dpd_local"];
        for named in british.into_iter().chain(["an-post", "dpd-ireland", "fastway-ireland", "amazon-uk", "hermes-uk"]) {
            assert_eq!(offset(named), 1, "{named}");
        }
        let others = [("hermes-2mann-handling", 2), ("correos-spain", 2), ("gls-it", 2), ("portugal-ctt", 1), ("swiss-post", 2)];
        for (named, hours) in others.into_iter().chain([("inpost", 2), ("postnl", 2), ("fedex", -4), ("nobody", 0)]) {
            assert_eq!(offset(named), hours, "{named}");
        }
    }
}
