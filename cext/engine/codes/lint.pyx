"""The tests of content that the GS1 syntax dictionary names, one function for each family.

Written from the GS1 General Specifications; README.md says which are applied and how far.
"""

cimport cython
from libc.string cimport memset

from cext.engine.codes.digits cimport are_digits, has_check
from cext.engine.codes.iso import COUNTRIES, CURRENCIES
from cext.errors import break_off

cdef enum:
    PREFIX_DIGITS = 4  # the shortest GS1 company prefix
    PAIR_MODULUS = 1021

cdef enum Linter:
    NOTHING, CSUM, CSUM_ALPHA, PREFIX_FIRST, PREFIX_SECOND, DAY_OR_MONTH, DAY, LONG_DAY,
    HOUR_MINUTE, HOUR, MINUTE, COUNTRY, COUNTRY_999, COUNTRY_ALPHA, CURRENCY, PERCENT, IMPORTER,
    ZERO, NON_ZERO, NO_ZERO_FIRST, NON_DIGIT, COUPON, OFFER, LATITUDE, LONGITUDE, YES_NO, HYPHEN,
    MEDIA, SEX, POSITION, WINDING, PIECE, IBAN

cdef dict LINTERS = {
    "csum": CSUM,
    "csumalpha": CSUM_ALPHA,
    "gcppos1": PREFIX_FIRST,
    "gcppos2": PREFIX_SECOND,
    "yymmd0": DAY_OR_MONTH,
    "yymmdd": DAY,
    "yyyymmdd": LONG_DAY,
    "hhmi": HOUR_MINUTE,
    "hh": HOUR,
    "mi": MINUTE,
    "ss": MINUTE,
    "iso3166": COUNTRY,
    "iso3166999": COUNTRY_999,
    "iso3166alpha2": COUNTRY_ALPHA,
    "iso4217": CURRENCY,
    "pcenc": PERCENT,
    "importeridx": IMPORTER,
    "zero": ZERO,
    "nonzero": NON_ZERO,
    "nozeroprefix": NO_ZERO_FIRST,
    "hasnondigit": NON_DIGIT,
    "couponcode": COUPON,
    "couponposoffer": OFFER,
    "latitude": LATITUDE,
    "longitude": LONGITUDE,
    "yesno": YES_NO,
    "hyphen": HYPHEN,
    "mediatype": MEDIA,
    "iso5218": SEX,
    "posinseqslash": POSITION,
    "winding": WINDING,
    "pieceoftotal": PIECE,
    "iban": IBAN,
    "packagetype": NOTHING,  # the list of UN recommendation 21 changes every year
}
cdef const unsigned char* PAIR_LETTERS = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
# The order in which General Specifications 7.11 counts these letters for check characters.
cdef bytes SET_82 = (
    b"!\x22%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)
cdef unsigned char[256] SETS
cdef unsigned char[256] RANKS
cdef unsigned char[1000] COUNTRY_KNOWN
cdef unsigned char[1000] CURRENCY_KNOWN
cdef unsigned char[676] ALPHA_KNOWN
cdef int[23] PRIMES
cdef unsigned char[13] MONTH_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


cdef int _fill_tables() except -1:
    cdef int rank, letter
    memset(SETS, 0, 256)
    for rank in range(82):
        letter = SET_82[rank]
        SETS[letter] |= CSET_82
        RANKS[letter] = rank
    for letter in bytearray(b"0123456789"):
        SETS[letter] |= NUMBERS | CSET_39 | BASE64_URL
    for letter in bytearray(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        SETS[letter] |= CSET_39 | BASE64_URL
    for letter in bytearray(b"abcdefghijklmnopqrstuvwxyz-_="):
        SETS[letter] |= BASE64_URL
    for letter in bytearray(b"#-/"):
        SETS[letter] |= CSET_39
    for country in COUNTRIES.split():
        COUNTRY_KNOWN[int(country[2:])] = 1
        ALPHA_KNOWN[(ord(country[0]) - 65) * 26 + ord(country[1]) - 65] = 1
    for currency in CURRENCIES.split():
        CURRENCY_KNOWN[int(currency[3:])] = 1
    for i, prime in enumerate(
        (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
    ):
        PRIMES[i] = prime
    return 0


_fill_tables()


cdef int find_linter(str name) except -1:
    if name not in LINTERS:
        break_off("linter_known", name=name)
    return LINTERS[name]


cdef bint is_check_linter(int linter) noexcept nogil:
    return linter == CSUM or linter == CSUM_ALPHA or linter == IBAN


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef bint fits_set(const unsigned char* text, Py_ssize_t n, unsigned char letters) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        if not SETS[text[i]] & letters:
            return False
        if text[i] == c"=" and letters == BASE64_URL and (i < n - 2 or text[n - 1] != c"="):
            return False  # padding, at the end only
    return True


cdef bint is_sound(int linter, const unsigned char* text, Py_ssize_t n, int year) noexcept nogil:
    """Whether `text`, of the right length and letters, passes; `year` is now, for centuries."""
    if linter == NOTHING:
        return True
    if linter == CSUM:
        return has_check(text, n)
    if linter == CSUM_ALPHA:
        return has_check_pair(text, n)
    if linter == PREFIX_FIRST:
        return n >= PREFIX_DIGITS and are_digits(text, PREFIX_DIGITS)
    if linter == PREFIX_SECOND:
        return n > PREFIX_DIGITS and are_digits(text + 1, PREFIX_DIGITS)
    if linter <= MINUTE:
        return is_time(linter, text, year)
    if linter <= CURRENCY:
        return is_listed(linter, text)
    if linter == PERCENT:
        return is_percent(text, n)
    if linter == COUPON:
        return is_coupon(text, n)
    if linter == OFFER:
        return is_offer(text, n)
    if linter == IBAN:
        return is_iban(text, n)
    if linter <= NON_DIGIT:
        return is_shaped(linter, text, n)
    return is_in_range(linter, text, n)


@cython.overflowcheck(False)
cdef bint is_time(int linter, const unsigned char* text, int year) noexcept nogil:
    cdef int full, month, day
    if linter == HOUR_MINUTE:
        return two_digits(text) < 24 and two_digits(text + 2) < 60
    if linter == HOUR:
        return two_digits(text) < 24
    if linter == MINUTE:
        return two_digits(text) < 60
    if linter == LONG_DAY:
        full = two_digits(text) * 100 + two_digits(text + 2)
        text = text + 2
    else:
        full = full_year(two_digits(text), year)
    month, day = two_digits(text + 2), two_digits(text + 4)
    if month < 1 or month > 12 or day > month_days(full, month):
        return False
    return day > 0 or linter == DAY_OR_MONTH


# Two digits each, a few of them added: nothing here comes near the end of an int.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int full_year(int two, int year) noexcept nogil:
    """The year two digits mean in `year`: at most 49 back is 50 years on (7.12)."""
    cdef int full = year - year % 100 + two
    if two - year % 100 >= 51:
        return full - 100
    if two - year % 100 <= -50:
        return full + 100
    return full


@cython.cdivision(True)
cdef int month_days(int year, int month) noexcept nogil:
    if month == 2 and year % 4 == 0 and (year % 100 or year % 400 == 0):
        return 29
    return MONTH_DAYS[month]


@cython.overflowcheck(False)
cdef int two_digits(const unsigned char* text) noexcept nogil:
    return (text[0] - c"0") * 10 + text[1] - c"0"


@cython.overflowcheck(False)
cdef bint is_listed(int linter, const unsigned char* text) noexcept nogil:
    cdef int number
    if linter == COUNTRY_ALPHA:
        if not (c"A" <= text[0] <= c"Z" and c"A" <= text[1] <= c"Z"):
            return False
        return ALPHA_KNOWN[(text[0] - c"A") * 26 + text[1] - c"A"]
    number = two_digits(text) * 10 + text[2] - c"0"
    if linter == CURRENCY:
        return CURRENCY_KNOWN[number]
    return COUNTRY_KNOWN[number] or (linter == COUNTRY_999 and number == 999)


cdef bint is_shaped(int linter, const unsigned char* text, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    if linter == NO_ZERO_FIRST:
        return n == 1 or text[0] != c"0"
    if linter == IMPORTER:
        return SETS[text[0]] & BASE64_URL and text[0] != c"="
    if linter == NON_DIGIT:
        return not are_digits(text, n)
    for i in range(n):
        if text[i] != c"0":
            return linter == NON_ZERO
    return linter == ZERO


@cython.overflowcheck(False)
cdef bint is_in_range(int linter, const unsigned char* text, Py_ssize_t n) noexcept nogil:
    if linter == LATITUDE:
        return not is_above(text, b"1800000000", 10)
    if linter == LONGITUDE:
        return not is_above(text, b"3600000000", 10)
    if linter == YES_NO:
        return text[0] <= c"1"
    if linter == HYPHEN:
        return text[0] == c"-"
    if linter == MEDIA:
        return 1 <= two_digits(text) <= 10 or two_digits(text) >= 80
    if linter == SEX:
        return text[0] <= c"2" or text[0] == c"9"
    if linter == WINDING:
        return text[0] <= c"1" or text[0] == c"9"
    if linter == PIECE:
        return 0 < two_digits(text) <= two_digits(text + 2)
    # POSITION: a child of a birth, "2/3".
    return n == 3 and text[1] == c"/" and c"1" <= text[0] <= text[2] <= c"9"


cdef bint is_above(
    const unsigned char* text, const unsigned char* most, Py_ssize_t n
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        if text[i] != most[i]:
            return text[i] > most[i]
    return False


cdef bint is_hex(unsigned char letter) noexcept nogil:
    return c"0" <= letter <= c"9" or c"a" <= (letter | 32) <= c"f"


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef bint is_percent(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        if text[i] == c"%" and (i + 2 >= n or not (is_hex(text[i + 1]) and is_hex(text[i + 2]))):
            return False
    return True


# At most 88 letters of at most 81 times a prime of at most 83 each; longer values are no GMN.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint has_check_pair(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    """The two check characters of a GMN (General Specifications 7.11)."""
    cdef int total = 0
    cdef Py_ssize_t i, body_n = n - 2
    if body_n < 1 or body_n > 23:
        return False
    for i in range(body_n):
        total += RANKS[text[i]] * PRIMES[body_n - 1 - i]
    total %= PAIR_MODULUS
    return (
        text[n - 2] == PAIR_LETTERS[total >> 5] and text[n - 1] == PAIR_LETTERS[total & 31]
    )


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint is_iban(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    """Country, check digits, and the remainder 1 of ISO 13616."""
    cdef int rest = 0
    cdef Py_ssize_t i
    cdef unsigned char letter
    if n < 5 or not (c"A" <= text[0] <= c"Z" and c"A" <= text[1] <= c"Z"):
        return False
    if not are_digits(text + 2, 2):
        return False
    for i in range(n):
        letter = text[i + 4 if i + 4 < n else i + 4 - n]
        if c"0" <= letter <= c"9":
            rest = (rest * 10 + letter - c"0") % 97
        elif c"A" <= letter <= c"Z":
            rest = (rest * 100 + letter - c"A" + 10) % 97
        else:
            return False
    return rest == 1


@cython.overflowcheck(False)
cdef Py_ssize_t skip_sized(
    const unsigned char* text, Py_ssize_t n, Py_ssize_t at, int more
) noexcept nogil:
    """Where a field ends whose first digit plus `more` is its length; n + 1 when it does not fit.

    `at` may lie behind the end already.
    """
    if at >= n:
        return n + 1
    return at + 1 + (text[at] - c"0") + more


@cython.overflowcheck(False)
cdef bint is_coupon(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    """A North American coupon (AI 8110): all digits, and the parts every coupon has fit into it.

    Company prefix, offer, face value, purchase needed, its kind and family; what may follow is
    not read.
    """
    cdef Py_ssize_t at
    if not are_digits(text, n) or text[0] > c"6":
        return False
    at = skip_sized(text, n, 0, 6) + 6
    for _ in range(2):
        if at < n and not c"1" <= text[at] <= c"5":
            return False
        at = skip_sized(text, n, at, 0)
    return at + 4 <= n


@cython.overflowcheck(False)
cdef bint is_offer(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    """A positive offer file coupon (AI 8112): format, funder, offer and serial fill it exactly."""
    cdef Py_ssize_t at
    if not are_digits(text, n) or text[0] > c"1" or n < 2 or text[1] > c"6":
        return False
    at = skip_sized(text, n, 1, 6) + 6
    return skip_sized(text, n, at, 6) == n
