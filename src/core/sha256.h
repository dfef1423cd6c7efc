/* SHA-256 (FIPS 180-4) of bytes as they pass.
 * SPDX-License-Identifier: MIT
 *
 * Here because the packages are given (Lua, libcurl, lua-cjson) and libcurl hands out no digest.
 */
#ifndef OO_SHA256_H
#define OO_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { OO_SHA256_HEX = 64 };

struct oo_sha256 {
    uint32_t state[8];
    uint64_t length;
    unsigned char block[64];
};

void oo_sha256_begin(struct oo_sha256 *sha);
void oo_sha256_add(struct oo_sha256 *sha, const void *bytes, size_t count);
/* Writes 64 lower-case digits and \0. The state is spent. */
void oo_sha256_end(struct oo_sha256 *sha, char hex[OO_SHA256_HEX + 1]);

#endif
