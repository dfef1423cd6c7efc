/* SHA-256 of OpenSSL's libcrypto, where libcurl has loaded it. It uses the processor's SHA units.
 * SPDX-License-Identifier: MIT
 *
 * Looked up at run time and not linked: another libcurl may do TLS with another library.
 */
#ifndef OO_LIBCRYPTO_H
#define OO_LIBCRYPTO_H

#include <stddef.h>

/* Bytes that hold a SHA256_CTX. It is plain data (112 bytes, the same since OpenSSL 0.9.8): a copy
 * of it goes on by itself, and nothing has to be given back. EVP_MD_CTX has neither property. */
enum { OO_LIBCRYPTO_CONTEXT = 128 };

/* As <openssl/sha.h> declares SHA256_Init, SHA256_Update and SHA256_Final. */
struct oo_libcrypto {
    int (*sha256_init)(void *context);
    int (*sha256_update)(void *context, const void *bytes, size_t count);
    int (*sha256_final)(unsigned char *digest, void *context);
};

/* NULL where the process has no libcrypto, or one without these functions. */
const struct oo_libcrypto *oo_libcrypto(void);

#endif
