/* SHA-256 (FIPS 180-4) of bytes as they pass: by libcrypto where there is one, else by own code.
 * SPDX-License-Identifier: MIT
 */
#include "sha256.h"

#include <string.h>

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load(const unsigned char *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* The i-th of the next 16 words of the message schedule, in place of the 16 before. */
static inline uint32_t extend(uint32_t w[16], int i)
{
    uint32_t a = w[(i + 1) % 16], b = w[(i + 14) % 16];

    w[i] += (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[(i + 9) % 16] +
            (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    return w[i];
}

/* One round; `k` is the constant and the message word. The names of the eight words move on by one
 * a round, and not the words: from a constant `i` the compiler makes registers of them. */
static inline void mix(uint32_t s[8], int i, uint32_t k)
{
    uint32_t a = s[(16 - i) % 8], b = s[(17 - i) % 8], c = s[(18 - i) % 8];
    uint32_t e = s[(20 - i) % 8], f = s[(21 - i) % 8], g = s[(22 - i) % 8];
    uint32_t t =
        s[(23 - i) % 8] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + k;

    s[(19 - i) % 8] += t;
    s[(23 - i) % 8] =
        t + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)));
}

static void compress(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[16], s[8];

    memcpy(s, state, sizeof s);
    for (int i = 0; i < 16; i++)
        w[i] = load(block + 4 * i);
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        mix(s, i, round_constants[i] + w[i]);
    for (int round = 16; round < 64; round += 16) {
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            mix(s, i, round_constants[round + i] + extend(w, i));
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

static void add_own(struct oo_sha256_own *own, const void *bytes, size_t count)
{
    const unsigned char *from = bytes;
    size_t held = own->length % 64;

    own->length += count;
    if (held > 0) {
        size_t part = 64 - held < count ? 64 - held : count;
        memcpy(own->block + held, from, part);
        from += part, count -= part;
        if (held + part < 64)
            return;
        compress(own->state, own->block);
    }
    for (; count >= 64; from += 64, count -= 64)
        compress(own->state, from);
    if (count > 0)
        memcpy(own->block, from, count);
}

static void end_own(struct oo_sha256_own *own, unsigned char digest[32])
{
    static const unsigned char pad[64] = {0x80};
    unsigned char bits[8];
    uint64_t length = own->length * 8;

    for (int i = 0; i < 8; i++)
        bits[i] = (unsigned char)(length >> (56 - 8 * i));
    add_own(own, pad, 1 + (119 - own->length % 64) % 64);
    add_own(own, bits, 8);
    for (int i = 0; i < 32; i++)
        digest[i] = (unsigned char)(own->state[i / 4] >> (24 - 8 * (i % 4)));
}

void oo_sha256_begin_own(struct oo_sha256 *sha)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    sha->libcrypto = NULL;
    memcpy(sha->own.state, start, sizeof start);
    sha->own.length = 0;
}

void oo_sha256_begin(struct oo_sha256 *sha)
{
    const struct oo_libcrypto *libcrypto = oo_libcrypto();

    if (libcrypto && libcrypto->sha256_init(sha->context) == 1)
        sha->libcrypto = libcrypto;
    else
        oo_sha256_begin_own(sha);
}

void oo_sha256_add(struct oo_sha256 *sha, const void *bytes, size_t count)
{
    if (sha->libcrypto)
        sha->libcrypto->sha256_update(sha->context, bytes, count);
    else
        add_own(&sha->own, bytes, count);
}

void oo_sha256_end(struct oo_sha256 *sha, char hex[OO_SHA256_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[32];

    if (sha->libcrypto)
        sha->libcrypto->sha256_final(digest, sha->context);
    else
        end_own(&sha->own, digest);
    for (int i = 0; i < 32; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[OO_SHA256_HEX] = '\0';
}
