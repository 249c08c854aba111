"""What follows from the sum of a basket: rewards, thresholds, coupons, points, delivery.

Three rooms: tail_plan (`TailPlan`, compiled once a book; `&plan.book` from then on), tail_work
(`TailWork`, one basket laid out) and this one (the sums). A caller opens one `TailWork` and keeps
it for many baskets, one after the other, never two at once; `price_piece` is set once. For each
basket, without the GIL:

1. `tail_touch`: the rows that see an item of the basket, and those of scanned coupons, now stand in
   `work.touched[:touched_n]` in rank order. The caller fills each one's `closed`, `uses_max` and
   `scans` (preset: open, no bound, no coupon).
2. `tail_prepare`: everything a run needs is laid out flat; no memory is asked for after it.
3. `tail_run` as often as a search likes; `tail_most` bounds it for these and all smaller lefts.
4. `tail_run` with `record`: `takings`, `losses`, `uses`, `gifts`, `points_n` say what happened.

Lines come in canonical order, lefts beside them. All rows of one offer must come one after the
other, offers in rank order. The numbers in the records are the ones the caller gave to its rows.
"""

from libc.stdint cimport int64_t

from cext.engine.tail.tail_work cimport TailWork

cdef int64_t tail_run(TailWork* work, const int64_t* lefts, bint record) noexcept nogil
cdef int64_t tail_most(TailWork* work, const int64_t* lefts) noexcept nogil
