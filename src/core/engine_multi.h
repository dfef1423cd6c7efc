/* The engine's part of libcurl: its multi handle, the sockets and the timer of it, and what it has
 * finished. I/O side.
 * SPDX-License-Identifier: MIT
 */
#ifndef OO_ENGINE_MULTI_H
#define OO_ENGINE_MULTI_H

#include "engine.h"

/* Tags of the poller: an operation's address (aligned), or one of these in the low bits. */
enum { OO_TAG_CURL = 1, OO_TAG_NOTIFIER = 2, OO_TAG_MASK = 3 };

/* 0, or -1 without memory. */
int oo_engine_open_multi(struct oo_engine *engine);
/* Idempotent. */
void oo_engine_close_multi(struct oo_engine *engine);
/* A socket of libcurl's is ready. Where libcurl fails, all that has a handle ends with `memory`, and
 * what comes after it has a fresh multi handle. */
void oo_engine_multi_ready(struct oo_engine *engine, int fd, int events);
/* Hands on what libcurl has finished. */
void oo_engine_take_results(struct oo_engine *engine);

#endif
