//! Check digits, as postal operators and carriers compute them. A number that does not even have the form is simply
//! not valid: no function here panics or allocates for long input.

/// UPU S10: two letters, eight digits, a check digit, an ISO country. Returns the country when the check digit fits.
///
/// Source: Universal Postal Union, standard S10: weights 8 6 4 2 3 5 9 7, modulus 11.
pub fn s10_country(number: &str) -> Option<&str> {
    let bytes = number.as_bytes();
    let form = bytes.len() == 13
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..11].iter().all(u8::is_ascii_digit)
        && bytes[11..].iter().all(u8::is_ascii_uppercase);
    let country = number.get(11..)?;
    (form && s10(&number[2..10], bytes[10])).then_some(country)
}

/// The S10 check digit over the eight digits of the serial number.
pub fn s10(serial: &str, check: u8) -> bool {
    let Some(digits) = digits(serial) else { return false };
    if digits.len() != 8 {
        return false;
    }
    let total: u32 = digits.iter().zip([8, 6, 4, 2, 3, 5, 9, 7]).map(|(d, w)| d * w).sum();
    let expected = match 11 - total % 11 {
        10 => 0,
        11 => 5,
        n => n,
    };
    digit(check) == Some(expected)
}

/// Luhn (ISO/IEC 7812-1): the last character is the check digit.
pub fn luhn(number: &str) -> bool {
    let Some(digits) = digits(number) else { return false };
    let total: u32 = digits.iter().rev().enumerate().map(|(i, d)| if i % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { *d }).sum();
    digits.len() > 1 && total.is_multiple_of(10)
}

/// Weighted modulus 10 over `serial`, from the left: items at even positions (0, 2, …) times `evens`, the others times
/// `odds`. Letters count as (ASCII code − 3) modulo 10, as UPS does.
pub fn mod10(serial: &str, check: u8, evens: u32, odds: u32) -> bool {
    mod10_of(serial.bytes(), check, evens, odds)
}

/// The same, from the right.
pub fn mod10_reversed(serial: &str, check: u8, evens: u32, odds: u32) -> bool {
    mod10_of(serial.bytes().rev(), check, evens, odds)
}

fn mod10_of(serial: impl Iterator<Item = u8>, check: u8, evens: u32, odds: u32) -> bool {
    let mut total = 0;
    let mut seen = false;
    for (i, byte) in serial.enumerate() {
        let Some(value) = alphanumeric(byte) else { return false };
        total += value * if i % 2 == 0 { evens } else { odds };
        seen = true;
    }
    seen && digit(check) == Some((10 - total % 10) % 10)
}

fn alphanumeric(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => digit(byte),
        b'A'..=b'Z' => Some((u32::from(byte) - 3) % 10),
        _ => None,
    }
}

/// The whole serial number modulo 7 (airway bills).
pub fn mod7(serial: &str, check: u8) -> bool {
    let Some(digits) = digits(serial) else { return false };
    !digits.is_empty() && digit(check) == Some(digits.iter().fold(0, |rest, d| (rest * 10 + d) % 7))
}

/// Σ digit × weight, modulo one number, then another. The serial is as long as the weights.
pub fn sum_product(serial: &str, check: u8, weights: &[u32], modulo: u32, then_modulo: u32) -> bool {
    let Some(digits) = digits(serial) else { return false };
    let total: u32 = digits.iter().zip(weights).map(|(d, w)| d * w).sum();
    digits.len() == weights.len() && digit(check) == Some(total % modulo % then_modulo)
}

/// ISO/IEC 7064 MOD 37,36, as on DPD labels: `number` ends with its check character (digit or capital letter).
pub fn mod_37_36(number: &str) -> bool {
    let Some((&check, serial)) = number.as_bytes().split_last() else { return false };
    let mut rest = 36;
    for byte in serial {
        let Some(value) = base36(*byte) else { return false };
        rest += value;
        if rest > 36 {
            rest -= 36;
        }
        rest *= 2;
        if rest > 36 {
            rest -= 37;
        }
    }
    !serial.is_empty() && base36(check) == Some((37 - rest) % 36)
}

fn base36(byte: u8) -> Option<u32> {
    (byte.is_ascii_digit() || byte.is_ascii_uppercase()).then(|| char::from(byte).to_digit(36)).flatten()
}

fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(10)
}

/// No carrier's number is longer than this.
const DIGITS_MAX: usize = 64;

fn digits(text: &str) -> Option<Vec<u32>> {
    (text.len() <= DIGITS_MAX).then(|| text.bytes().map(digit).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postal_numbers_carry_their_country_when_the_check_digit_fits() {
        assert_eq!(s10_country("RB123456785GB"), Some("GB"));
        assert_eq!(s10_country("RB123456785US"), Some("US"));
        assert_eq!(s10_country("FQ087430672GB"), Some("GB"));
        assert_eq!(s10_country("RB123456786US"), None);
        assert_eq!(s10_country("rb123456785gb"), None);
        assert_eq!(s10_country("RB12345678éGB"), None);
        assert_eq!(s10_country(""), None);
    }

    #[test]
    fn labels_of_dpd_end_with_a_check_character() {
        assert!(mod_37_36("008182709980000020033350276C"));
        assert!(mod_37_36("008182709980000020045327276N"));
        assert!(!mod_37_36("008182709980000020033350276A"));
        assert!(!mod_37_36("C"));
    }

    #[test]
    fn the_common_check_digits_accept_good_numbers_and_refuse_a_wrong_digit() {
        assert!(luhn("79927398713"));
        assert!(!luhn("79927398710"));
        // DHL Express.
        assert!(mod7("331881002", b'5'));
        assert!(!mod7("331881001", b'0'));
        // FedEx Express, twelve digits.
        assert!(sum_product("98657878885", b'5', &[3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1], 11, 10));
        assert!(!sum_product("98657878885", b'6', &[3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1], 11, 10));
        // UPS: letters count too.
        assert!(mod10("5R8939035756712", b'7', 1, 2));
        assert!(!mod10("5R8939035756712", b'8', 1, 2));
    }
}
