/* Bearer tokens and log tokens: JSON web tokens signed with HMAC-SHA256.
 * SPDX-License-Identifier: MIT */
#include "api/token.h"

#include <cjson/cJSON.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buffer.h"
#include "base/text_list.h"

#define TOKEN_KEY_SIZE 32

struct token_maker {
    unsigned char key[TOKEN_KEY_SIZE];
    /* Opaque tokens handed out, each "<expiry> <token>". */
    struct text_list opaque;
};

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int base64_value(char c)
{
    if (c == '+' || c == '/') {
        return c == '+' ? 62 : 63;
    }
    const char *at = c == '\0' ? NULL : strchr(base64url, c);
    return at == NULL ? -1 : (int)(at - base64url);
}

static void base64url_append(struct buffer *buffer, const unsigned char *data, size_t size)
{
    unsigned bits = 0;
    int have = 0;
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | data[i];
        for (have += 8; have >= 6; have -= 6) {
            buffer_append(buffer, &base64url[bits >> (have - 6) & 63], 1);
        }
    }
    if (have > 0) {
        buffer_append(buffer, &base64url[bits << (6 - have) & 63], 1);
    }
}

/* Decodes either alphabet up to '=', appending; false on a foreign byte. */
static bool base64_decode(struct buffer *buffer, const char *text, size_t size)
{
    unsigned bits = 0;
    int have = 0;
    for (size_t i = 0; i < size && text[i] != '='; i++) {
        int value = base64_value(text[i]);
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (unsigned)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            unsigned char byte = (unsigned char)(bits >> have);
            buffer_append(buffer, &byte, 1);
        }
    }
    return true;
}

void token_random(char *text, size_t digits)
{
    unsigned char byte;
    for (size_t i = 0; i < digits; i++) {
        if (RAND_bytes(&byte, 1) != 1) {
            abort();
        }
        text[i] = "0123456789abcdef"[byte & 15];
    }
    text[digits] = '\0';
}

struct token_maker *token_maker_new(void)
{
    struct token_maker *maker = memory_need(sizeof *maker);
    if (RAND_bytes(maker->key, sizeof maker->key) == 1) {
        return maker;
    }
    free(maker);
    return NULL;
}

void token_maker_free(struct token_maker *maker)
{
    if (maker == NULL) {
        return;
    }
    OPENSSL_cleanse(maker->key, sizeof maker->key);
    text_list_free(&maker->opaque);
    free(maker);
}

static void token_sign(const struct token_maker *maker, struct buffer *token)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), maker->key, sizeof maker->key, (unsigned char *)token->data, token->size,
         mac, &size);
    buffer_text(token, ".");
    base64url_append(token, mac, size);
}

char *token_issue(const struct token_maker *maker, const char *audience, double lifetime)
{
    char id[33];
    token_random(id, 32);
    double now = (double)time(NULL);
    cJSON *claims = cJSON_CreateObject();
    cJSON_AddStringToObject(claims, "iss", "oneoff-host");
    cJSON_AddStringToObject(claims, "aud", audience);
    cJSON_AddNumberToObject(claims, "iat", now);
    cJSON_AddNumberToObject(claims, "exp", (double)(long)(now + lifetime));
    cJSON_AddStringToObject(claims, "jti", id);
    char *text = cJSON_PrintUnformatted(claims);
    cJSON_Delete(claims);
    static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    struct buffer token = {0};
    base64url_append(&token, (const unsigned char *)header, sizeof header - 1);
    buffer_text(&token, ".");
    base64url_append(&token, (const unsigned char *)text, strlen(text));
    cJSON_free(text);
    token_sign(maker, &token);
    buffer_append(&token, "", 1);
    return token.data;
}

char *token_issue_opaque(struct token_maker *maker, double lifetime)
{
    char digits[41];
    token_random(digits, 40);
    char *entry = memory_print("%.0f %s", (double)time(NULL) + lifetime, digits);
    text_list_add(&maker->opaque, entry);
    free(entry);
    return memory_text(digits);
}

static bool token_is_opaque(const struct token_maker *maker, const char *token)
{
    for (size_t i = 0; i < maker->opaque.count; i++) {
        char *known;
        double expiry = strtod(maker->opaque.items[i], &known);
        if (strcmp(known + 1, token) == 0) {
            return expiry > (double)time(NULL);
        }
    }
    return false;
}

static bool token_claims_hold(const char *text, size_t size, const char *audience)
{
    struct buffer json = {0};
    bool holds = false;
    if (base64_decode(&json, text, size)) {
        buffer_append(&json, "", 1);
        cJSON *claims = cJSON_Parse(json.data);
        const char *aud = cJSON_GetStringValue(cJSON_GetObjectItem(claims, "aud"));
        const cJSON *exp = cJSON_GetObjectItem(claims, "exp");
        holds = aud != NULL && strcmp(aud, audience) == 0 && cJSON_IsNumber(exp) &&
                exp->valuedouble > (double)time(NULL);
        cJSON_Delete(claims);
    }
    buffer_free(&json);
    return holds;
}

bool token_verify(const struct token_maker *maker, const char *audience, const char *token)
{
    const char *claims = strchr(token, '.');
    const char *signature = strrchr(token, '.');
    if (claims == NULL || signature == claims) {
        return strcmp(audience, TOKEN_BEARER) == 0 && token_is_opaque(maker, token);
    }
    struct buffer expected = {0};
    buffer_append(&expected, token, (size_t)(signature - token));
    token_sign(maker, &expected);
    bool is_ours =
        expected.size == strlen(token) && CRYPTO_memcmp(expected.data, token, expected.size) == 0;
    buffer_free(&expected);
    return is_ours && token_claims_hold(claims + 1, (size_t)(signature - claims - 1), audience);
}

static const char *token_after_scheme(const char *authorization, const char *scheme)
{
    size_t size = strlen(scheme);
    if (authorization == NULL || strncasecmp(authorization, scheme, size) != 0 ||
        authorization[size] != ' ') {
        return NULL;
    }
    return authorization + size + strspn(authorization + size, " ");
}

char *token_of_bearer(const char *authorization)
{
    const char *token = token_after_scheme(authorization, "Bearer");
    return token == NULL ? NULL : memory_text(token);
}

char *token_of_basic(const char *authorization)
{
    const char *text = token_after_scheme(authorization, "Basic");
    struct buffer pair = {0};
    if (text == NULL || !base64_decode(&pair, text, strlen(text)) || pair.size == 0 ||
        pair.data[0] != ':') {
        buffer_free(&pair);
        return NULL;
    }
    buffer_append(&pair, "", 1);
    char *token = memory_text(pair.data + 1);
    buffer_free(&pair);
    return token;
}
