//! The fields that a column may be, by what the file holds: their path in the API's object, a label for people, how a cell is read, and
//! the headings under which shops' and carriers' programs print them, in the languages of the CSV dialect.

use super::Kind;

/// How the text of a cell becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Text,
    /// A whole number, or a fraction of one.
    Number,
    Flag,
    /// Several values, parted by `;` or `,`.
    List,
    /// An instant: a day alone is its beginning.
    Time,
    DayOrTime,
    /// A moment in a carrier's words, which stays as exact as it was told.
    Moment,
    Country,
    Carrier,
    /// A state of the catalogue, by its id or in words.
    State,
    /// A decimal number, whatever stands for its point.
    Amount,
    /// First and last name in one.
    Name,
    /// A list or an object of several fields, written as JSON: how exports keep what has no columns of its own.
    Json,
    /// Notes as exports keep them (JSON), or one in plain words.
    Notes,
}

/// One field. In a path `*` is any place in a list, and `+` one entry for each row of the same order.
#[derive(Debug)]
pub struct Field {
    pub path: &'static str,
    pub label: &'static str,
    pub form: Form,
    /// Headings, letters and digits only and small, best first.
    pub names: &'static str,
}

const fn text(path: &'static str, label: &'static str, names: &'static str) -> Field {
    Field { path, label, form: Form::Text, names }
}

const fn formed(path: &'static str, label: &'static str, form: Form, names: &'static str) -> Field {
    Field { path, label, form, names }
}

/// What a file of this kind may tell.
pub fn fields(kind: Kind) -> impl Iterator<Item = &'static Field> {
    let parts: &[&[Field]] = match kind {
        Kind::Orders => &[ORDER_NUMBER, ORDER, PEOPLE, PROMISE, LINES],
        Kind::Shipments => &[NUMBERS, ORDER_NUMBER, SHIPMENT, PEOPLE, PROMISE, PLACES, ITEMS, PAST],
        Kind::Events => &[NUMBERS, EVENT],
    };
    parts.iter().flat_map(|part| part.iter())
}

/// The field of this path; numbers in it are places in a list. `metadata.` may be followed by any name of the shop's own.
pub fn field(kind: Kind, path: &str) -> Option<&'static Field> {
    let starred: Vec<&str> =
        path.split('.').map(|name| if !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) { "*" } else { name }).collect();
    let starred = starred.join(".");
    if let Some(own) = starred.strip_prefix("metadata.") {
        return (!own.is_empty() && kind != Kind::Events).then_some(&METADATA);
    }
    // What a list holds by a place is the same as what it holds by a row.
    fields(kind).find(|f| f.path == starred || f.path.replace('+', "*") == starred)
}

static METADATA: Field = text("metadata.*", "A field of your own", "");

const NUMBERS: &[Field] = &[
    text(
        "tracking_number",
        "Tracking number",
        "trackingnumber carriertrackingnumber trackingno trackingnr trackingid trackingcode trackingreference trackno tracking parcelnumber parcelno \
         packagenumber consignmentnumber consignmentno consignment connote waybillnumber waybill awb shipmentnumber parcelid barcode sendungsnummer \
         sendungsnr sendungsid paketnummer trackingnummer numérodesuivi numerodesuivi ndesuivi numérodecolis numerodecolis zendingnummer \
         zendingsnummer pakketnummer númerodeseguimiento numerodeseguimiento numerodienvio numerodispedizione codicespedizione ldv numerprzesyłki \
         numerprzesylki numerpaczki",
    ),
    formed(
        "carrier",
        "Carrier",
        Form::Carrier,
        "carrier carriercode carriername courier couriercode couriername shippingcompany shippingcarrier scac versanddienstleister versender \
         transporteur spediteur dienstleister paketdienst vervoerder transportista vettore corriere przewoźnik przewoznik kurier",
    ),
];

const ORDER_NUMBER: &[Field] = &[
    text(
        "order_number",
        "Order number",
        "ordernumber orderno ordernr orderid order orderreference orderref ordername salesorder salesordernumber webordernumber bestellnummer \
         bestellnr auftragsnummer auftragsnr bestellung numérodecommande numerodecommande ncommande commande bestelnummer ordernummer \
         númerodepedido numerodepedido pedido numeroordine ordine numerzamówienia numerzamowienia zamówienie",
    ),
    text(
        "sales_channel",
        "Sales channel",
        "saleschannel channel source shop store marketplace verkaufskanal kanal canal verkoopkanaal canaledivendita kanałsprzedaży",
    ),
    text("brand", "Brand", "brand marke marque merk marca marka"),
    formed(
        "ordered_at",
        "Ordered at",
        Form::Time,
        "orderedat orderdate ordertime orderdatetime dateordered createdat created purchasedate paidat bestelldatum bestellzeitpunkt auftragsdatum \
         datedecommande datecommande besteldatum orderdatum fechadepedido fechapedido dataordine datazamówienia datazamowienia",
    ),
    formed("tags", "Tags", Form::List, "tags labels schlagworte étiquettes etiquetas etichette"),
];

const ORDER: &[Field] = &[formed(
    "despatch_by",
    "Despatch by",
    Form::DayOrTime,
    "despatchby dispatchby shipby shipbydate latestshipdate despatchdate dispatchdate versandbis expédieravant verzendenvoor enviarantesde spedireentro",
)];

const SHIPMENT: &[Field] = &[
    text(
        "reference",
        "Reference",
        "reference shipmentreference shipmentref shipmentid deliverynumber fulfillmentid fulfilmentid lieferscheinnummer lieferscheinnr referenz référence referencia riferimento referentie",
    ),
    text(
        "service",
        "Service",
        "service servicename servicecode shippingservice shippingmethod deliverymethod versandart dienst modedelivraison verzendmethode serviciodeenvio servizio",
    ),
    text("type", "Type (delivery, return, …)", "type shipmenttype sendungsart"),
    text(
        "site",
        "Site it leaves from",
        "site warehouse location fulfillmentlocation lager entrepôt entrepot magazijn almacén almacen magazzino magazyn",
    ),
    formed(
        "shipped_at",
        "Shipped at",
        Form::Time,
        "shippedat shipdate shippingdate dateshipped despatchedat dispatchedat despatchdate dispatchdate fulfilledat versanddatum versandtam \
         dateexpédition dateexpedition dateenvoi verzenddatum fechadeenvio fechaenvio dataspedizione datawysyłki datawysylki",
    ),
    formed(
        "handed_over_at",
        "Handed over at",
        Form::Time,
        "handedoverat collectedat pickedupat handoverdate manifestedat übergabe abgeholtam",
    ),
    formed("gift", "A gift", Form::Flag, "gift isgift geschenk cadeau regalo"),
    formed("requirements", "Requirements", Form::List, "requirements"),
    formed("references", "Other references", Form::List, "references"),
    text("replaces", "Replaces", "replaces"),
    formed(
        "value.amount",
        "Value",
        Form::Amount,
        "value ordervalue total totalprice ordertotal grandtotal warenwert betrag gesamtbetrag montant total bedrag importe importo kwota",
    ),
    text("value.currency", "Currency", "currency currencycode währung waehrung devise valuta moneda waluta"),
    text("fulfilled_by.kind", "Fulfilled by (dc, store, …)", "fulfilledby"),
    text("fulfilled_by.id", "Fulfilled by, id", "fulfilledbyid"),
    text("parcels.*.barcode", "A parcel's barcode", "parcelbarcode piecebarcode"),
    text("parcels.*.items.*.sku", "A parcel's article", ""),
    formed("parcels.*.items.*.quantity", "A parcel's quantity", Form::Number, ""),
    text("consent.source", "Consent, source", ""),
    text("consent.at", "Consent, when", ""),
    formed("consent.marketing", "Consent to marketing", Form::List, ""),
    text("notify.*.role", "Who may be told", ""),
    formed("notify.*.channels", "On which channels", Form::List, ""),
];

const PEOPLE: &[Field] = &[
    text(
        "recipient.first_name",
        "Recipient's first name",
        "recipientfirstname shippingfirstname deliveryfirstname firstname vorname prénom prenom voornaam imię imie givenname",
    ),
    text(
        "recipient.last_name",
        "Recipient's last name",
        "recipientlastname shippinglastname deliverylastname lastname surname familyname nachname familienname nomdefamille achternaam apellido apellidos cognome nazwisko",
    ),
    formed(
        "recipient.name",
        "Recipient's whole name",
        Form::Name,
        "recipientname recipient shippingname shiptoname deliveryname consignee consigneename customername customer fullname contactname empfänger \
         empfaenger empfängername kunde kundenname destinataire nomdestinataire client ontvanger klantnaam destinatario cliente odbiorca klient name naam nom nombre nome",
    ),
    text(
        "recipient.email",
        "Recipient's e-mail",
        "recipientemail shippingemail deliveryemail customeremail contactemail email emailaddress mail emailadresse adresseemail courriel mailadres correoelectronico correo adresemail",
    ),
    text(
        "recipient.phone",
        "Recipient's phone",
        "recipientphone shippingphone deliveryphone customerphone phone phonenumber telephone telephonenumber mobile mobilenumber telefon telefonnummer \
         handy téléphone telefoonnummer telefoon teléfono telefono numertelefonu cellulare móvil",
    ),
    text(
        "recipient.locale",
        "Recipient's language",
        "recipientlocale locale language languagecode sprache langue taal idioma lingua język",
    ),
    text(
        "recipient.reference",
        "Recipient's customer number",
        "customernumber customerid customerreference kundennummer numéroclient klantnummer",
    ),
    text("buyer.first_name", "Buyer's first name", "buyerfirstname billingfirstname"),
    text("buyer.last_name", "Buyer's last name", "buyerlastname billinglastname"),
    formed(
        "buyer.name",
        "Buyer's whole name",
        Form::Name,
        "buyername buyer billingname billtoname käufer acheteur koper comprador acquirente",
    ),
    text("buyer.email", "Buyer's e-mail", "buyeremail billingemail"),
    text("buyer.phone", "Buyer's phone", "buyerphone billingphone"),
    text("buyer.locale", "Buyer's language", "buyerlocale"),
    text("buyer.reference", "Buyer's customer number", "buyerreference"),
];

const PROMISE: &[Field] = &[
    formed(
        "promised.end",
        "Promised by",
        Form::DayOrTime,
        "promisedend promisedby promiseddate promised promiseddelivery promiseddeliverydate deliverby deliverydate duedate expecteddelivery \
         expecteddeliverydate estimateddelivery estimateddeliverydate eta edd liefertermin lieferdatum zustelldatum datedelivraison \
         livraisonprévue leverdatum bezorgdatum fechadeentrega fechaentrega dataconsegna datadostawy",
    ),
    formed("promised.start", "Promised from", Form::DayOrTime, "promisedstart promisedfrom deliveryfrom lieferungab"),
    text("promised.kind", "Promise (by, on_day, window, timed)", "promisedkind"),
    text("promised.source", "Promise told by", "promisedsource"),
];

/// What was before: as an export tells it. `messages` are recognised, and passed over when a file is taken in.
const PAST: &[Field] = &[
    formed("first_promised.end", "First promise, by", Form::DayOrTime, ""),
    formed("first_promised.start", "First promise, from", Form::DayOrTime, ""),
    text("first_promised.kind", "First promise (by, on_day, window, timed)", ""),
    text("first_promised.source", "First promise told by", ""),
    text("first_promised.changed_by", "Promise changed by", ""),
    formed("first_promised.changed_at", "Promise changed at", Form::Time, ""),
    formed("notes", "Agents' notes", Form::Notes, ""),
    formed("notes.*.at", "A note's time", Form::Time, ""),
    text("notes.*.author", "A note's author", ""),
    text("notes.*.text", "A note's text", ""),
    formed("messages", "Messages to the shopper (passed over)", Form::Json, ""),
    formed("messages.*.at", "A message's time (passed over)", Form::Time, ""),
    text("messages.*.kind", "A message's kind (passed over)", ""),
    text("messages.*.channel", "A message's channel (passed over)", ""),
    text("messages.*.role", "Whom a message went to (passed over)", ""),
    text("messages.*.state", "What became of a message (passed over)", ""),
    text("messages.*.reason", "Why a message was withheld (passed over)", ""),
    text("messages.*.subject", "A message's subject (passed over)", ""),
];

const PLACES: &[Field] = &[
    text(
        "destination.line1",
        "Street",
        "destinationline1 shippingaddress1 shippingstreet shippingaddressline1 deliveryaddress1 addressline1 address1 address street streetaddress straße strasse adresse rue straat adres calle dirección direccion indirizzo via ulica",
    ),
    text(
        "destination.line2",
        "Street, second line",
        "destinationline2 shippingaddress2 shippingaddressline2 deliveryaddress2 addressline2 address2 adresszusatz complément complementadresse toevoeging",
    ),
    text(
        "destination.city",
        "City",
        "destinationcity shippingcity deliverycity city town stadt ort ville plaats stad ciudad città citta miasto",
    ),
    text(
        "destination.region",
        "Region",
        "destinationregion shippingprovince shippingstate region province state county bundesland provincie provincia",
    ),
    text(
        "destination.postcode",
        "Postcode",
        "destinationpostcode shippingzip shippingpostcode shippingpostalcode deliverypostcode postcode postalcode zip zipcode plz postleitzahl codepostal codigopostal códigopostal cap kodpocztowy",
    ),
    formed(
        "destination.country",
        "Country",
        Form::Country,
        "destinationcountry shippingcountry shippingcountrycode deliverycountry country countrycode land ländercode pays país pais paese kraj",
    ),
    text("destination.kind", "Destination (home, shop, locker, …)", "destinationkind destinationtype addresstype"),
    text("origin.line1", "Origin, street", "originline1"),
    text("origin.line2", "Origin, second line", "originline2"),
    text("origin.city", "Origin, city", "origincity fromcity sendercity"),
    text("origin.region", "Origin, region", "originregion"),
    text("origin.postcode", "Origin, postcode", "originpostcode frompostcode senderpostcode originzip"),
    formed("origin.country", "Origin, country", Form::Country, "origincountry fromcountry sendercountry"),
    text("origin.kind", "Origin (depot, store, …)", "originkind"),
];

const ITEMS: &[Field] = &[
    formed("items", "Articles, as JSON", Form::Json, ""),
    formed("parcels", "Parcels, as JSON", Form::Json, ""),
    formed("notify", "Who may be told, as JSON", Form::Json, ""),
    formed("metadata", "Fields of your own, as JSON", Form::Json, ""),
    text(
        "items.+.sku",
        "Article: SKU",
        "sku lineitemsku itemsku productsku articlenumber article artikelnummer artikelnr référencearticle artikelcode codicearticolo kodproduktu",
    ),
    text(
        "items.+.name",
        "Article: name",
        "lineitemname itemname productname producttitle product title item artikel artikelbezeichnung bezeichnung produkt produktname désignation produit productnaam producto prodotto nazwaproduktu",
    ),
    formed(
        "items.+.quantity",
        "Article: quantity",
        Form::Number,
        "quantity qty lineitemquantity itemquantity menge anzahl stückzahl quantité quantite aantal cantidad quantità quantita ilość ilosc",
    ),
    formed(
        "items.+.price.amount",
        "Article: price",
        Form::Amount,
        "lineitemprice itemprice unitprice price preis einzelpreis prix prijs precio prezzo cena",
    ),
    text("items.+.price.currency", "Article: currency", "lineitemcurrency itemcurrency"),
    text("items.+.line_id", "Article: line id", "lineid lineitemid"),
    text("items.+.image_url", "Article: picture", "imageurl image productimage"),
    text("items.+.url", "Article: page", "producturl itemurl"),
];

const LINES: &[Field] = &[
    formed("lines", "Lines, as JSON", Form::Json, ""),
    formed("metadata", "Fields of your own, as JSON", Form::Json, ""),
    text(
        "lines.+.sku",
        "Line: SKU",
        "sku lineitemsku itemsku productsku articlenumber article artikelnummer artikelnr référencearticle artikelcode codicearticolo kodproduktu",
    ),
    text(
        "lines.+.name",
        "Line: name",
        "lineitemname itemname productname producttitle product title item artikel artikelbezeichnung bezeichnung produkt produktname désignation produit productnaam producto prodotto nazwaproduktu",
    ),
    formed(
        "lines.+.quantity",
        "Line: quantity",
        Form::Number,
        "quantity qty lineitemquantity itemquantity menge anzahl stückzahl quantité quantite aantal cantidad quantità quantita ilość ilosc",
    ),
    formed("lines.+.shipped", "Line: shipped", Form::Number, "shippedquantity quantityshipped"),
    formed("lines.+.cancelled", "Line: cancelled", Form::Number, "cancelledquantity quantitycancelled"),
    formed("lines.+.back_ordered_until", "Line: back-ordered until", Form::DayOrTime, "backordereduntil"),
    text("lines.+.line_id", "Line: id", "lineid lineitemid"),
    text("lines.+.image_url", "Line: picture", "imageurl image productimage"),
];

const EVENT: &[Field] = &[
    formed("proof", "Proof, as JSON", Form::Json, ""),
    formed(
        "occurred_at",
        "When it happened",
        Form::Moment,
        "occurredat eventdatetime statusdatetime scandatetime datetime dateandtime timestamp eventtimestamp eventdate statusdate scandate eventat date \
         zeitstempel zeitpunkt datumuhrzeit datum ereignisdatum dateheure dateévénement dateevenement datumtijd tijdstip fechahora fecha dataora data \
         datazdarzenia",
    ),
    formed(
        "state",
        "State",
        Form::State,
        "state status eventstatus deliverystatus currentstatus sendungsstatus statut situation stand estado stato",
    ),
    text(
        "carrier_code",
        "Carrier's code",
        "eventcode statuscode scancode carriereventcode code eventtype statusid ereigniscode codeévénement codestatut codesituation gebeurteniscode codigoevento codiceevento kodstatusu",
    ),
    text(
        "description",
        "What the carrier said",
        "description eventdescription statusdescription scandescription eventtext statustext eventname message activity details event scan comment remarks beschreibung ereignis bemerkung libellé libelle événement omschrijving descripción descripcion evento descrizione opis",
    ),
    text("reason", "Reason", "reason reasoncode failurereason"),
    text(
        "location.text",
        "Place",
        "locationtext location eventlocation scanlocation place depot hub facility office site ort standort niederlassung lieu agence locatie ubicación ubicacion lugar luogo filiale miejsce",
    ),
    text("location.city", "Place: city", "locationcity eventcity city town stadt ville stad ciudad città citta miasto"),
    text("location.region", "Place: region", "locationregion region province county bundesland provincie provincia"),
    text(
        "location.postcode",
        "Place: postcode",
        "locationpostcode postcode postalcode zip zipcode plz postleitzahl codepostal codigopostal cap kodpocztowy",
    ),
    formed(
        "location.country",
        "Place: country",
        Form::Country,
        "locationcountry country countrycode land ländercode pays país pais paese kraj",
    ),
    formed("location.latitude", "Place: latitude", Form::Number, "latitude lat"),
    formed("location.longitude", "Place: longitude", Form::Number, "longitude lon lng long"),
    text("signed_by", "Signed by", "signedby signedforby signatory signature podname receivedby unterschrift signataire firmado"),
    text("local_time", "Local time", ""),
    text("precision", "How exact the time is", ""),
    text("time_basis", "How the offset is known", ""),
    text("id", "The sender's own id", "eventid"),
    text("parcel", "Of which parcel", ""),
    text("received_at", "Received at", ""),
    text("milestone", "Milestone", ""),
    text("source", "Source", ""),
    text("proof.*.kind", "Proof: kind", ""),
    text("proof.*.url", "Proof: address", ""),
    text("proof.*.at", "Proof: when", ""),
    text("pickup_point.name", "Pick-up point: name", ""),
    text("pickup_point.address", "Pick-up point: address", ""),
    text("pickup_point.hours", "Pick-up point: hours", ""),
    text("pickup_point.collect_by", "Pick-up point: collect by", ""),
    formed("estimated_delivery.start", "Estimated from", Form::DayOrTime, ""),
    formed("estimated_delivery.end", "Estimated by", Form::DayOrTime, "estimateddelivery estimateddeliverydate eta"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_field_whatever_the_place_in_a_list() {
        let path = |kind, path| field(kind, path).map(|f| f.path);
        assert_eq!(path(Kind::Shipments, "items.0.sku"), Some("items.+.sku"));
        assert_eq!(path(Kind::Shipments, "items.*.sku"), Some("items.+.sku"));
        assert_eq!(path(Kind::Shipments, "parcels.3.items.0.sku"), Some("parcels.*.items.*.sku"));
        assert_eq!(path(Kind::Orders, "metadata.colour"), Some("metadata.*"));
        assert_eq!(path(Kind::Orders, "tracking_number"), None);
        assert_eq!(path(Kind::Events, "metadata.colour"), None);
        assert_eq!(path(Kind::Shipments, "items.0"), None);
    }

    #[test]
    fn every_field_has_one_path_and_a_label_and_headings_are_plain() {
        for kind in Kind::ALL {
            let mut paths: Vec<_> = fields(kind).map(|f| f.path).collect();
            paths.sort_unstable();
            let count = paths.len();
            paths.dedup();
            assert_eq!(paths.len(), count, "{kind:?}");
            for f in fields(kind) {
                assert!(!f.label.is_empty(), "{}", f.path);
                assert!(f.names.split_whitespace().all(|n| n == super::super::guess::plain(n)), "{}: {}", f.path, f.names);
            }
        }
    }
}
