"""The application identifiers of GS1, read once from the table the dictionary was cut down to."""

cimport cython
from libc.stdint cimport int16_t, uint8_t, uint16_t
from libc.string cimport memset

import re

from cext.engine.codes.gs1_table import ROWS
from cext.engine.codes.lint cimport (
    BASE64_URL,
    CSET_39,
    CSET_82,
    NUMBERS,
    find_linter,
    fits_set,
    is_check_linter,
    is_sound,
)
from cext.errors import break_off

cdef enum:
    ROWS_LIMIT = 640
    RULES_LIMIT = 400
    ALTERNATIVES_LIMIT = 800
    SEQUENCES_LIMIT = 32
    PLACES = 11_100  # 100 of two digits, 1,000 of three, 10,000 of four

cdef Row[ROWS_LIMIT] rows
cdef Rule[RULES_LIMIT] rules
cdef Alternative[ALTERNATIVES_LIMIT] alternatives
cdef Sequence[SEQUENCES_LIMIT] sequences
cdef int16_t[PLACES] places
cdef uint8_t[100] widths  # how long an AI is that begins with these two digits
cdef int rows_n = 0, rules_n = 0, alternatives_n = 0, sequences_n = 0
cdef list names = []
cdef dict LETTERS = {"N": NUMBERS, "X": CSET_82, "Y": CSET_39, "Z": BASE64_URL}
cdef object COMPONENT = re.compile(r"(\[?)([NXYZ])(\.\.)?([0-9]+)\]?((?:,[a-z0-9]+)*)")


cdef int take_room(int used_n, int limit) except -1:
    if used_n >= limit:
        break_off("identifiers_fit", limit=limit)
    return used_n + 1


cdef int code_of(str name, str filler) except -1:
    """Digits as nibbles; a letter n of a pattern gives `filler`."""
    return int(name.replace("n", filler).ljust(4, "f"), 16)


cdef int load_alternatives(str text) except -1:
    """Note `01+21,02,35nn` and give the number of alternatives."""
    global alternatives_n
    cdef Alternative* one
    cdef int count = 0
    for group in text.split(","):
        take_room(alternatives_n, ALTERNATIVES_LIMIT)
        one = &alternatives[alternatives_n]
        for name in group.split("+"):
            take_room(one.patterns_n, PATTERNS_LIMIT)
            one.want[one.patterns_n] = code_of(name, "0")
            one.mask[one.patterns_n] = 0xFFFF
            for i, letter in enumerate(name):
                if letter == "n":
                    one.mask[one.patterns_n] &= ~(0xF << (12 - 4 * i))
            one.patterns_n += 1
        alternatives_n += 1
        count += 1
    return count


cdef int load_sequences(Row* row, str text) except -1:
    """Note `22,10,21|235` as two sequences."""
    global sequences_n
    cdef Sequence* one
    row.first_sequence = sequences_n
    for group in text.split("|"):
        take_room(sequences_n, SEQUENCES_LIMIT)
        one = &sequences[sequences_n]
        for name in group.split(","):
            take_room(one.codes_n, QUALIFIERS_LIMIT)
            one.codes[one.codes_n] = code_of(name, "0")
            one.codes_n += 1
        sequences_n += 1
        row.sequences_n += 1
    return 0


cdef int load_component(Row* row, object found) except -1:
    cdef Component* part
    take_room(row.components_n, COMPONENTS_LIMIT)
    part = &row.components[row.components_n]
    row.components_n += 1
    part.optional = found[1] == "["
    part.letters = LETTERS[found[2]]
    part.high_n = int(found[4])
    part.low_n = 1 if found[3] else part.high_n
    linters = found[5].split(",")[1:]
    take_room(<int>len(linters) - 1, LINTERS_LIMIT)
    for i, name in enumerate(linters):
        part.linters[i] = find_linter(name)
    row.low_n += 0 if part.optional else part.low_n
    row.high_n += part.high_n
    return 0


cdef int load_row(Row* row, str text) except -1:
    """Everything of one line but its AI."""
    global rules_n
    cdef Rule* rule
    flags, *words = text.split()
    row.is_fixed = "*" in flags
    row.is_attribute = "?" in flags
    row.first_rule = rules_n
    for word in words:
        found = COMPONENT.fullmatch(word)
        if found is not None:
            load_component(row, found)
            continue
        key, _, value = word.partition("=")
        if key == "dlpkey":
            row.is_key = True
            if value:
                load_sequences(row, value)
            continue
        if key != "req" and key != "ex":
            break_off("identifier_attribute", word=word)
        take_room(rules_n, RULES_LIMIT)
        rule = &rules[rules_n]
        rule.is_exclusion = key == "ex"
        rule.first = alternatives_n
        rule.alternatives_n = load_alternatives(value)
        rules_n += 1
        row.rules_n += 1
    return 0


cdef int load_table() except -1:
    global rows_n
    cdef Row row
    cdef bytes raw
    memset(places, 0xFF, sizeof(places))
    for line in ROWS.split("\n"):
        if not line:
            continue
        span, _, rest = line.partition(" ")
        first, _, last = span.partition("-")
        memset(&row, 0, sizeof(Row))
        load_row(&row, rest)
        row.ai_n = len(first)
        for number in range(int(first), int(last or first) + 1):
            take_room(rows_n, ROWS_LIMIT)
            name = str(number).zfill(len(first))
            row.code = code_of(name, "0")
            rows[rows_n] = row
            raw = name.encode("ascii")
            widths[int(name[:2])] = row.ai_n
            places[place_of(raw, row.ai_n)] = rows_n
            names.append(name)
            rows_n += 1
    return 0


# Callers give digits only.
@cython.overflowcheck(False)
cdef int place_of(const unsigned char* digits, Py_ssize_t n) noexcept nogil:
    cdef int number = 0
    cdef Py_ssize_t i
    for i in range(n):
        number = number * 10 + digits[i] - c"0"
    return number + (0 if n == 2 else 100 if n == 3 else 1100)


cdef const Row* row_at(int row) noexcept nogil:
    return &rows[row]


cdef str name_of(int row):
    return names[row]


cdef int find_row(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    """The row of the AI that `text` begins with, or -1."""
    cdef int width
    cdef Py_ssize_t i
    if n < 2 or not c"0" <= text[0] <= c"9" or not c"0" <= text[1] <= c"9":
        return -1
    width = widths[place_of(text, 2)]
    if width == 0 or width > n:
        return -1
    for i in range(2, width):
        if not c"0" <= text[i] <= c"9":
            return -1
    return places[place_of(text, width)]


cdef int row_of_name(const unsigned char* name, Py_ssize_t n) noexcept nogil:
    """The row whose AI is exactly `name`, or -1."""
    cdef int row = find_row(name, n)
    return row if row >= 0 and rows[row].ai_n == n else -1


# Lengths are at most a few hundred.
@cython.overflowcheck(False)
cdef Fault check_value(
    const Row* row, const unsigned char* text, Py_ssize_t n, int year
) noexcept nogil:
    """What is wrong with the value of an AI; `year` decides the century of two digits."""
    cdef const Component* part
    cdef Py_ssize_t at = 0, size
    cdef int i, j
    if n > row.high_n:
        return TOO_LONG
    for i in range(row.components_n):
        part = &row.components[i]
        size = n - at
        if size == 0 and part.optional:
            return FINE
        if size < part.low_n:
            return TOO_SHORT
        if size > part.high_n:
            size = part.high_n
        if not fits_set(text + at, size, part.letters):
            return BAD_LETTER
        for j in range(LINTERS_LIMIT):
            if not is_sound(part.linters[j], text + at, size, year):
                return BAD_CHECK if is_check_linter(part.linters[j]) else BAD_VALUE
        at += size
    return FINE if at == n else TOO_LONG


cdef bint is_there(
    const Alternative* one, const uint16_t* message, int message_n, uint16_t but
) noexcept nogil:
    """Whether each pattern of `one` fits some AI of the message other than `but`."""
    cdef uint16_t code
    cdef int i, j
    cdef bint found
    for i in range(one.patterns_n):
        found = False
        for j in range(message_n):
            code = rows[message[j]].code
            if code & one.mask[i] == one.want[i] and code != but:
                found = True
                break
        if not found:
            return False
    return True


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef int find_bad_pair(const uint16_t* message, int message_n) noexcept nogil:
    """The first place in a message whose AI lacks what it needs or meets what it excludes; or -1.

    An AI never excludes itself, and never is what it needs.
    """
    cdef const Rule* rule
    cdef const Row* row
    cdef int i, j, k
    cdef bint met
    for i in range(message_n):
        row = &rows[message[i]]
        for j in range(row.rules_n):
            rule = &rules[row.first_rule + j]
            met = False
            for k in range(rule.alternatives_n):
                if is_there(&alternatives[rule.first + k], message, message_n, row.code):
                    met = True
                    break
            if met == rule.is_exclusion:
                return i
    return -1


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef bint are_in_order(const uint16_t* message, int message_n) noexcept nogil:
    """Whether the AIs behind a Digital Link's key are its qualifiers, in one of its orders."""
    cdef const Row* key = &rows[message[0]]
    cdef const Sequence* one
    cdef int i, j, at
    if message_n == 1:
        return True
    for i in range(key.sequences_n):
        one = &sequences[key.first_sequence + i]
        at = 0
        j = 1
        while j < message_n and at < one.codes_n:
            if one.codes[at] == rows[message[j]].code:
                j += 1
            at += 1
        if j == message_n:
            return True
    return False


load_table()
