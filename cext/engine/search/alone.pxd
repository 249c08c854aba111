"""One deal at given prices of its pieces: what it would take. The search is built on this."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.search.contest cimport Arena, Choice, Problem

cdef enum:
    WHOLE_LIMIT = 128  # pieces up to which the cheapest are chosen by their number
    MOVES_LIMIT = 8  # a member, up to which sorting by insertion goes on
    WAYS_LIMIT = 500_000  # steps up to which the cheapest are chosen at all

cdef enum:
    SUM, LOWEST, WHOLE

cdef struct Member:
    int32_t kind
    int32_t deal
    int64_t value  # what a piece still costs after the item prices beside the deal
    int64_t beside  # what those take off it
    int64_t part  # what it adds to the saving of a use; of LOWEST where it is one that gets
    int64_t worth  # the same as far as it adds up, with `beside`

cdef struct Deal:
    char shape
    char benefit
    bint loose  # an amount off that can be more than its pieces cost
    int64_t value
    int64_t fee  # a use costs it, beyond the worth of its pieces
    int32_t uses_max
    int32_t uses_min  # a branch of the proof: at least so many
    int32_t size_n  # pieces of a use
    int32_t get_n
    int32_t slots_n
    int32_t first  # of its members, slot after slot
    int32_t members_n
    int32_t slot_pieces[8]
    int32_t slot_first[9]

cdef struct Kind:
    int32_t count
    int32_t first  # in Board.of_kind
    int32_t members_n
    int32_t hull_n  # 0: the free pieces save free_each each
    int64_t free_each
    int64_t floor  # the lowest sensible price, scaled
    const int64_t* free_saving
    int32_t* hull  # numbers of free pieces at the corners of the least concave cover

cdef struct Found:
    int32_t times
    int64_t saving  # of the deal alone
    int64_t beside

# A choice by members: what each deal takes.
cdef struct Plot:
    int32_t* taken  # [members_n]
    int32_t* times  # [deals_n]
    int64_t* saving  # [deals_n]
    int64_t total  # everything saved in the kinds and deals at hand

# The problem laid out for the search, and its working room.
cdef struct Board:
    const Problem* problem
    int64_t scale  # prices of pieces and bounds are in minor units / scale
    int64_t dearest  # times its count, no price is above it
    Kind* kinds
    Deal* deals
    Member* members
    int32_t* of_kind  # members of each kind, side by side
    int32_t kinds_n
    int32_t deals_n
    int32_t members_n
    # the kinds and deals at hand: one component
    int32_t* here_kinds
    int32_t* here_deals
    int32_t here_kinds_n
    int32_t here_deals_n
    # A step is a kind, a member or a state of price_lowest looked at, about as long as each other;
    # whoever loops over them counts them.
    int64_t work_n
    int64_t work_end  # where the budget of the component, or of the walk, ends
    int64_t looks_n  # at all deals at once, by dual
    int64_t greedy_left  # steps that the greedy choices of the start may still take
    # room of price_deal
    int32_t* order  # [members_n] kept sorted between calls
    int32_t* other_order  # the same, for what loose deals are priced by besides
    int64_t* weight  # [members_n]
    int64_t* ways  # [2 * states]
    int32_t* steps  # [members of a deal * states]
    # room of whoever tries something
    int64_t* floors  # [kinds_n] the price of a free piece
    int32_t* rest  # [kinds_n]
    int32_t* rest_caps  # [members_n]
    int32_t* part_taken  # [members_n]
    int32_t* other_taken  # [members_n]
    Plot best
    Plot trial

cdef int64_t price_deal(
    Board* board, int32_t deal, const int64_t* prices, const int32_t* caps,
    int32_t uses_max, int32_t* taken, Found* found
) noexcept nogil
cdef int64_t save_free(const Kind* kind, int64_t pieces) noexcept nogil
cdef int64_t save_use(const Deal* form, int64_t parts) noexcept nogil
