/* Everything at once: operations of every kind made, used and let go at random moments,
 * and the engine stopped in the middle of it. What it must not do is for the sanitizers to say.
 * SPDX-License-Identifier: MIT
 */
#include "check.h"
#include "client.h"
#include "server.h"

enum { SLOTS = 48, STEPS = 1500, ROUNDS = 24 };

struct slot {
    struct oo_terminal *terminal;
    struct oo_transfer *transfer;
    long long written;
};

static struct server server;
static struct oo_engine *engine;
static struct slot slots[SLOTS];
static unsigned seed;

static void begin(struct slot *slot)
{
    static const char *const streams[] = {"/echo",         "/flood/3000000", "/sink",
                                          "/deaf",         "/silent",        "/hang-up",
                                          "/trickle",      "/refused",       "/garbage",
                                          "/hang-up-open", "/later",         "/refused-bare"};
    static const char *const answers[] = {"/hello", "/give/3000000", "/silent", "/hang-up",
                                          "/nothing"};
    struct oo_request request = {.timeout = check_random(&seed) % 4 ? 0 : 0.01,
                                 .stall_timeout = 20,
                                 .body_limit = 2000000,
                                 .is_streamed = check_random(&seed) % 2};

    *slot = (struct slot){0};
    if (check_random(&seed) % 2)
        slot->terminal = client_attach_for(engine, server.port, streams[check_random(&seed) % 12],
                                           check_random(&seed) % 4 ? 20 : 0.01,
                                           check_random(&seed) % 4 ? 0 : 0.01);
    else
        slot->transfer =
            client_request(engine, server.port, answers[check_random(&seed) % 5], request, NULL);
}

static void let_go(struct slot *slot)
{
    struct oo_op *op = slot->terminal ? &slot->terminal->op : &slot->transfer->op;

    oo_op_release(op);
    *slot = (struct slot){0};
}

static void use_terminal(struct slot *slot)
{
    char bytes[20000];

    switch (check_random(&seed) % 4) {
    case 0:
        slot->written += (long long)client_try_write(slot->terminal, slot->written, 20000);
        break;
    case 1:
        let_go(slot);
        break;
    default:
        client_try_read(slot->terminal, bytes, sizeof bytes);
    }
}

static void use_transfer(struct oo_transfer *transfer)
{
    const char *span;
    size_t length;

    oo_engine_lock(engine);
    length = oo_queue_data(&transfer->incoming, &span);
    if (length > 0) {
        oo_queue_consume(&transfer->incoming, length);
        oo_op_ask(&transfer->op);
    }
    oo_engine_unlock(engine);
    if (client_is_finished(&transfer->op) && transfer->body_length > 2000000)
        CHECK(!"over the limit");
}

static void step(void)
{
    struct slot *slot = &slots[check_random(&seed) % SLOTS];
    unsigned ids[OO_COLLECT_LIMIT];

    if (!slot->terminal && !slot->transfer)
        begin(slot);
    else if (check_random(&seed) % 8 == 0)
        let_go(slot);
    else if (slot->terminal)
        use_terminal(slot);
    else
        use_transfer(slot->transfer);
    if (check_random(&seed) % 4 == 0)
        oo_engine_collect(engine, ids, OO_COLLECT_LIMIT);
    if (check_random(&seed) % 16 == 0)
        oo_engine_arm(engine, oo_now() + 0.001 * (check_random(&seed) % 5));
}

static void let_all_go(void)
{
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].terminal || slots[i].transfer)
            let_go(&slots[i]);
}

static void test_storm(unsigned round)
{
    check_case("storm %u", round);
    seed = round * 7919 + 1;
    engine = client_engine();
    for (int i = 0; i < STEPS; i++)
        step();
    if (round % 2)
        let_all_go();
    /* Every fourth does not wait for the thread: it ends by itself, and what is asked meanwhile is
     * neither lost nor leaked. */
    oo_engine_stop(engine, round % 4 == 2 ? 0 : 20);
    for (int i = 0; i < 100; i++)
        if (slots[i % SLOTS].terminal)
            use_terminal(&slots[i % SLOTS]);
    let_all_go();
    oo_engine_release(engine);
}

int main(void)
{
    server_start(&server);
    for (unsigned round = 0; round < ROUNDS; round++)
        test_storm(round);
    server_release(&server, true);
    /* The threads that were left behind still hold connections for a moment. */
    CHECK(server_wait_open(&server, 0));
    server_stop(&server);
    return check_end();
}
