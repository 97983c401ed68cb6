# Bits as bytes of a 64-bit word, for every kernel that writes or reads packed bits.
#
# Eight dots are one 64-bit word, a byte a dot. A dot's weight is the bit that stands for it in a packed byte. The words
# are read and written as bytes, and all eight weights are summed, so the machine's byte order is no matter.

cdef enum:
    BLOCK = 64

cdef extern from *:
    """
    #define EACH UINT64_C(0x0101010101010101)
    """
    const uint64_t EACH


cdef inline uint64_t eight_at(const uint8_t* dots) noexcept nogil:
    cdef uint64_t eight
    memcpy(&eight, dots, 8)
    return eight


cdef inline void set_weights(uint8_t* weights) noexcept nogil:
    cdef int i
    for i in range(BLOCK):
        weights[i] = <uint8_t>(128 >> (i & 7))


cdef inline uint8_t sum_of(uint64_t weighed) noexcept nogil:
    return <uint8_t>((weighed * EACH) >> 56)
