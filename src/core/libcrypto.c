/* SHA-256 of OpenSSL's libcrypto, where libcurl has loaded it.
 * SPDX-License-Identifier: MIT
 */
#include "libcrypto.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

static const char *const names[] = {"libcrypto.so.3", "libcrypto.so.1.1"};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct oo_libcrypto found;
static bool is_found;

static bool find_function(void *library, const char *name, void *function)
{
    *(void **)function = dlsym(library, name);
    return *(void **)function != NULL;
}

static bool find_functions(void *library)
{
    return find_function(library, "SHA256_Init", &found.sha256_init) &&
           find_function(library, "SHA256_Update", &found.sha256_update) &&
           find_function(library, "SHA256_Final", &found.sha256_final);
}

/* The handle is kept: the library stays loaded as long as this module, which is never unloaded. */
static void find(void)
{
    for (size_t i = 0; i < sizeof names / sizeof *names && !is_found; i++) {
        void *library = dlopen(names[i], RTLD_LAZY | RTLD_NOLOAD);
        is_found = library && find_functions(library);
    }
}

const struct oo_libcrypto *oo_libcrypto(void)
{
    pthread_once(&once, find);
    return is_found ? &found : NULL;
}
