/* SHA-256 (FIPS 180-4) of bytes as they pass: by libcrypto where there is one, else by own code.
 * SPDX-License-Identifier: MIT
 *
 * The state is plain data: a copy goes on by itself, and nothing has to be given back.
 */
#ifndef OO_SHA256_H
#define OO_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "libcrypto.h"

enum { OO_SHA256_HEX = 64 };

struct oo_sha256_own {
    uint32_t state[8];
    uint64_t length;
    unsigned char block[64];
};

struct oo_sha256 {
    const struct oo_libcrypto *libcrypto; /* NULL: our own code does it */
    union {
        struct oo_sha256_own own;
        unsigned char context[OO_LIBCRYPTO_CONTEXT];
    };
};

void oo_sha256_begin(struct oo_sha256 *sha);
/* The same by our own code, whatever the process has. */
void oo_sha256_begin_own(struct oo_sha256 *sha);
void oo_sha256_add(struct oo_sha256 *sha, const void *bytes, size_t count);
/* Writes 64 lower-case digits and \0. The state is spent. */
void oo_sha256_end(struct oo_sha256 *sha, char hex[OO_SHA256_HEX + 1]);

#endif
