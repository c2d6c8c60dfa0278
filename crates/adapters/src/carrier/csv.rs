//! Any carrier's CSV file of scans: one line a scan, the columns known by their headings in seven languages.
//!
//! Needed are a number, a time, and a code or words. A code is looked up in our own vocabulary (the ids of the catalogue), then
//! in the table of the carrier that the line names; else the words tell. `03/04/2026` is the third of April unless another
//! line of the file shows that months stand first. A number that a spreadsheet has rounded is a fault, not a number.

use std::collections::HashMap;

use whereabouts_domain::{Location, Private, State, TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable, by_id};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    csv::{self, Table},
    phrase::{self, Meaning, Phrase, dutch::DUTCH, french::FRENCH, polish::POLISH},
    place, scan, timeline, underneath,
};

pub static CARRIER: Csv = Csv;
pub struct Csv;

static CARD: Card = Card { id: "csv", name: "CSV file", zone: "Europe/London", aggregator: true, codes: &[] };

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Column {
    Number,
    Carrier,
    Code,
    Words,
    Status,
    Reason,
    Day,
    Clock,
    Offset,
    Place,
    City,
    Region,
    Postcode,
    Country,
    Signatory,
    Estimate,
    Service,
}

/// Headings, letters only and small, best first: English, German, French, Dutch, Spanish, Italian, Polish.
const HEADINGS: &[(Column, &str)] = &[
    (
        Column::Number,
        "trackingnumber carriertrackingnumber trackingno trackingnr trackingid trackingcode trackingreference trackno parcelnumber parcelno parcelcode \
         parcelbarcode packagenumber packageid consignmentnumber consignmentno consignmentid connotenumber connote waybillnumber waybillno waybill \
         airwaybill awbnumber awbno awb shipmentnumber shipmentno shipmentid barcode itembarcode itemnumber parcelid tracking consignment \
         sendungsnummer sendungsnr sendungsid sendungscode paketnummer paketnr trackingnummer numérodesuivi numerodesuivi ndesuivi numérodecolis \
         numerodecolis ncolis zendingnummer zendingsnummer pakketnummer númerodeseguimiento numerodeseguimiento numerodienvio numerodispedizione \
         codicespedizione ldv numerprzesyłki numerprzesylki numerpaczki",
    ),
    (
        Column::Carrier,
        "carrier carriercode carriername courier couriercode couriername scac transporteur spediteur dienstleister vervoerder transportista vettore corriere przewoźnik przewoznik",
    ),
    (
        Column::Code,
        "eventcode statuscode scancode carriercode code eventtype statusid ereigniscode codeévénement codeevenement codestatut codesituation gebeurteniscode codigoevento códigoevento codiceevento kodstatusu kodzdarzenia",
    ),
    (
        Column::Words,
        "eventdescription statusdescription scandescription description eventtext statustext eventname message activity details event scan comment remark \
         remarks beschreibung statusbeschreibung ereignis bemerkung libellé libelle libelléévénement événement evenement omschrijving gebeurtenis \
         descripción descripcion evento descrizione opis zdarzenie",
    ),
    (Column::Status, "status currentstatus deliverystatus state statut situation stand sendungsstatus estado stato"),
    (Column::Reason, "reason reasondescription failurereason exceptionreason grund motif reden motivo powód powod"),
    (
        Column::Day,
        "eventdatetime statusdatetime scandatetime datetime dateandtime timestamp eventtimestamp occurredat eventdate statusdate scandate eventat date \
         zeitstempel zeitpunkt datumuhrzeit datum ereignisdatum dateheure dateévénement dateevenement datumtijd tijdstip fechahora fecha dataora data \
         datazdarzenia",
    ),
    (Column::Clock, "eventtime statustime scantime localtime time clock uhrzeit zeit heure tijd hora ora godzina"),
    (Column::Offset, "timezone tz utcoffset offset zeitzone fuseau tijdzone"),
    (
        Column::Place,
        "eventlocation scanlocation location place depot hub facility office site ort standort niederlassung lieu agence locatie plaats ubicación \
         ubicacion lugar luogo filiale lokalizacja miejsce oddział oddzial",
    ),
    (Column::City, "eventcity city town stadt ville stad ciudad città citta miasto"),
    (Column::Region, "region stateprovince state province county bundesland provincie provincia"),
    (Column::Postcode, "postcode postalcode zip zipcode plz postleitzahl codepostal codigopostal códigopostal cap kodpocztowy"),
    (Column::Country, "country countrycode land ländercode pays país pais paese kraj"),
    (Column::Signatory, "signedby signedforby signatory signature podname receivedby unterschrift signataire firmado firmatoda"),
    (
        Column::Estimate,
        "estimateddelivery estimateddeliverydate expecteddelivery expecteddeliverydate eta edd voraussichtlichezustellung livraisonestimée verwachteleverdatum",
    ),
    (Column::Service, "service servicename servicecode product produkt"),
];

impl Carrier for Csv {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let table = csv::table(payload.body).ok_or_else(|| Unreadable::not_understood("no table with a header"))?;
        let columns = columns(&table);
        if !is_of_scans(&columns) {
            return Err(Unreadable::not_understood("no columns for a number, a time, and a code or words"));
        }
        let order = order_of(&table, &columns);
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels =
            table.rows().map(|(line, row)| Line { columns: &columns, row: &row }.read(line, order, &rule, payload.number)).collect();
        Ok(Reading { parcels: timeline::one_per_number(parcels) })
    }

    /// Well below an adapter that knows a carrier's own file by its columns.
    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Shape::Other = shape else { return 0 };
        if csv::table(payload.body).is_some_and(|table| is_of_scans(&columns(&table))) { 60 } else { 0 }
    }
}

type Columns = HashMap<Column, usize>;

/// Which column holds what; the better heading wins where two could be meant.
fn columns(table: &Table) -> Columns {
    let letters = |name: &str| name.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect::<String>();
    let headings: Vec<String> = table.header.iter().map(|name| letters(name)).collect();
    let mut found = Columns::new();
    for (column, names) in HEADINGS {
        let is_free = |at: &usize, found: &Columns| !found.values().any(|taken| taken == at);
        let at = names.split_whitespace().find_map(|name| (0..headings.len()).find(|at| headings[*at] == name && is_free(at, &found)));
        found.extend(at.map(|at| (*column, at)));
    }
    found
}

fn is_of_scans(columns: &Columns) -> bool {
    let has = |column| columns.contains_key(&column);
    has(Column::Number) && (has(Column::Day) || has(Column::Clock)) && (has(Column::Code) || has(Column::Words) || has(Column::Status))
}

/// Days stand first, unless a line can only be read the other way round.
fn order_of(table: &Table, columns: &Columns) -> DateOrder {
    let Some(at) = columns.get(&Column::Day) else { return DateOrder::DayFirst };
    let (mut day_first, mut month_first) = (false, false);
    for (_, row) in table.rows() {
        let mut parts = row.get(*at).unwrap_or_default().split(['/', '-', '.', ' ']).map(|part| part.parse::<u16>().unwrap_or(0));
        let (first, second) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        day_first |= (13..=31).contains(&first) && (1..=12).contains(&second);
        month_first |= (1..=12).contains(&first) && (13..=31).contains(&second);
    }
    if month_first && !day_first { DateOrder::MonthFirst } else { DateOrder::DayFirst }
}

struct Line<'a> {
    columns: &'a Columns,
    row: &'a ::csv::StringRecord,
}

impl Line<'_> {
    fn cell(&self, column: Column) -> Option<String> {
        let told = self.row.get(*self.columns.get(&column)?)?.trim();
        // `="0012"` keeps a spreadsheet from taking off the zeros.
        let told = told.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')).unwrap_or(told).trim_start_matches('\'').trim();
        (!told.is_empty()).then(|| told.to_string())
    }

    fn read(&self, line: u64, order: DateOrder, rule: &ZoneRule, asked: Option<&str>) -> ParcelReading {
        let number = self.cell(Column::Number).or_else(|| asked.map(str::to_string));
        let fault = |number: Option<String>, why: &str| ParcelReading {
            tracking_number: number,
            fault: Some(format!("line {line}: {why}")),
            ..ParcelReading::default()
        };
        let Some(number) = number else { return fault(None, "no number") };
        if is_rounded(&number) {
            return fault(None, "the number was rounded by a spreadsheet");
        }
        let (code, words) = self.said();
        if code.is_none() && words.is_empty() {
            return fault(Some(number), "neither a code nor words");
        }
        let carrier = self.cell(Column::Carrier).map(|named| underneath::carrier_id(&named)).unwrap_or_default();
        let location = self.location();
        let rule = place::rule_at(&underneath::rule_of(&carrier, rule), &location);
        let (state, reason) = meaning(code.as_deref(), &words, &carrier);
        let mut event = TrackingEvent::new("", carrier, state);
        event.reason = reason;
        event.moment = self.moment(order, &rule);
        event.carrier_code = code;
        event.description = words;
        event.location = location;
        event.signed_by = self.cell(Column::Signatory).filter(|_| state.is_delivered()).map(Private::new);
        let estimate = self.cell(Column::Estimate).and_then(|told| clock::read(&told, order, &rule));
        let estimate =
            estimate.map(|m| Window { start: None, end: Some(if m.local_time().len() == 10 { m.local_time() } else { m.rfc3339() }) });
        ParcelReading {
            tracking_number: Some(number),
            events: vec![event],
            estimated_delivery: estimate,
            service: self.cell(Column::Service),
            ..ParcelReading::default()
        }
    }

    /// Code and words. A lone status is whichever of the two it looks like.
    fn said(&self) -> (Option<String>, String) {
        let (mut code, mut words) = (self.cell(Column::Code), self.cell(Column::Words));
        if let Some(status) = self.cell(Column::Status) {
            match (&code, &words) {
                (Some(_), Some(_)) => {}
                (Some(_), None) => words = Some(status),
                (None, Some(_)) => code = Some(status),
                (None, None) if looks_like_code(&status) => code = Some(status),
                (None, None) => words = Some(status),
            }
        }
        let reason = self.cell(Column::Reason).filter(|reason| Some(reason) != words.as_ref());
        (code, [words, reason].into_iter().flatten().collect::<Vec<_>>().join(", "))
    }

    fn moment(&self, order: DateOrder, rule: &ZoneRule) -> Option<whereabouts_domain::Moment> {
        let (day, time) = (self.cell(Column::Day), self.cell(Column::Clock));
        let has_clock = |text: &String| text.contains(':') || text.len() > 10;
        let (day, time) = match (day, time) {
            (Some(day), Some(_)) if has_clock(&day) => (day, None),
            (Some(day), time) => (day, time),
            (None, time) => (time?, None),
        };
        match self.cell(Column::Offset) {
            Some(offset) => {
                let gap = if offset.starts_with(['+', '-']) { "" } else { " " };
                let (with, plain) = match &time {
                    Some(time) => ((day.clone(), Some(format!("{time}{gap}{offset}"))), (day, Some(time.clone()))),
                    None => ((format!("{day}{gap}{offset}"), None), (day, None)),
                };
                let read = |(day, time): (String, Option<String>)| clock::read_pair(Some(&day), time.as_deref(), order, rule);
                // An offset that cannot be read must not take the clock with it.
                read(with).filter(|m| m.precision != whereabouts_domain::Precision::Day).or_else(|| read(plain))
            }
            None => clock::read_pair(Some(&day), time.as_deref(), order, rule),
        }
    }

    fn location(&self) -> Location {
        let parts = [Column::City, Column::Region, Column::Postcode, Column::Country].map(|column| self.cell(column));
        let line = self.cell(Column::Place);
        if parts.iter().all(Option::is_none) {
            return line.map(|line| place::of_line(&line)).unwrap_or_default();
        }
        let [city, region, postcode, country] = parts;
        let mut location = place::of(city, region, postcode, country);
        location.text = line.or(location.text);
        location
    }
}

/// What the languages that carriers share do not know.
const OTHER_LANGUAGES: &[&[Phrase]] = &[FRENCH, DUTCH, POLISH];

/// Our own word for it, or the named carrier's; words make it finer, and tell alone where there is no code.
pub(crate) fn meaning(code: Option<&str>, words: &str, carrier: &str) -> Meaning {
    let ours = |told: &str| State::parse(&told.to_lowercase().split([' ', '-', '_']).collect::<Vec<_>>().join("_"));
    let spoken = ours(words)
        .map(|state| (state, None))
        .or_else(|| phrase::understand(words, &[]))
        .or_else(|| scan::understand(words, OTHER_LANGUAGES));
    let Some(code) = code else { return spoken.unwrap_or((State::Unknown, None)) };
    let of_carrier = || by_id(carrier).and_then(|c| c.card().look_up(code)).map(|known| (known.state, known.reason));
    let coded = ours(code).map(|state| (state, None)).or_else(of_carrier);
    phrase::refine(coded, spoken)
}

/// `DEL`, `17`, `OUT_FOR_DELIVERY`: no blanks, and a digit, an underscore or nothing but capitals.
fn looks_like_code(status: &str) -> bool {
    let is_plain = status.len() <= 32 && status.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    is_plain
        && (status.bytes().any(|b| b.is_ascii_digit() || b == b'_')
            || (status.len() <= 4 && status.bytes().all(|b| b.is_ascii_uppercase())))
}

/// `3,40435E+17`: what a spreadsheet makes of a long number.
fn is_rounded(number: &str) -> bool {
    let Some((mantissa, exponent)) = number.to_ascii_uppercase().split_once("E+").map(|(m, e)| (m.to_string(), e.to_string())) else {
        return false;
    };
    exponent.parse::<u8>().is_ok()
        && mantissa.contains(['.', ','])
        && mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
}
