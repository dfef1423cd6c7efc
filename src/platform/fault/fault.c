/* The faults that the local platform commits on request: which are armed, and how many times each
 * will still be committed.
 * SPDX-License-Identifier: MIT */
#include "fault/fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define FAULT_ALWAYS (-1L)

/* Either a special fault or, with FAULT_COUNT there, a kind of a stage. */
struct armed_fault {
    enum fault fault;
    enum stage stage;
    enum fault_kind kind;
    long uses;
};

enum fault_when { FAULT_INSTEAD, FAULT_AFTER };

struct fault_stage {
    const char *name;
    const char *meaning;
};

struct fault_kind_row {
    const char *name;
    enum fault_when when;
    int status;
    const char *meaning;
};

#define FAULT_STAGE_ROW(id, name, meaning) {name, meaning},
#define FAULT_KIND_ROW(id, name, when, status, meaning) {name, FAULT_##when, status, meaning},
#define FAULT_SPECIAL_ROW(id, name, meaning) {name, meaning},
static const struct fault_stage fault_stages[] = {FAULT_STAGES(FAULT_STAGE_ROW)};
static const struct fault_kind_row fault_kinds[] = {FAULT_KINDS(FAULT_KIND_ROW)};
static const struct fault_stage fault_specials[] = {FAULT_SPECIALS(FAULT_SPECIAL_ROW)};

static bool fault_find_special(const char *name, struct armed_fault *found)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (strcmp(fault_specials[i].name, name) == 0) {
            found->fault = (enum fault)i;
            return true;
        }
    }
    return false;
}

static bool fault_find_kind(const char *name, struct armed_fault *found)
{
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        size_t size = strlen(fault_stages[stage].name);
        if (strncmp(name, fault_stages[stage].name, size) != 0 || name[size] != '-') {
            continue;
        }
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            if (strcmp(fault_kinds[kind].name, name + size + 1) == 0) {
                found->stage = (enum stage)stage;
                found->kind = (enum fault_kind)kind;
                return true;
            }
        }
    }
    return false;
}

bool faults_arm(struct faults *faults, const char *text)
{
    struct armed_fault found = {FAULT_COUNT, STAGE_NONE, KIND_NONE, FAULT_ALWAYS};
    char name[64];
    size_t size = strcspn(text, "=");
    if (size >= sizeof name) {
        return false;
    }
    memcpy(name, text, size);
    name[size] = '\0';
    if (text[size] == '=') {
        char *end;
        found.uses = strtol(text + size + 1, &end, 10);
        if (*end != '\0' || end == text + size + 1 || found.uses < 1) {
            return false;
        }
    }
    if (!fault_find_special(name, &found) && !fault_find_kind(name, &found)) {
        return false;
    }
    struct armed_fault *items = memory_need((faults->count + 1) * sizeof *items);
    if (faults->count > 0) {
        memcpy(items, faults->items, faults->count * sizeof *items);
    }
    items[faults->count++] = found;
    free(faults->items);
    faults->items = items;
    return true;
}

static bool fault_use(struct armed_fault *armed)
{
    if (armed->uses == 0) {
        return false;
    }
    if (armed->uses > 0) {
        armed->uses--;
    }
    return true;
}

bool faults_take(struct faults *faults, enum fault fault)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->items[i].fault == fault && fault_use(&faults->items[i])) {
            return true;
        }
    }
    return false;
}

enum fault_kind faults_take_kind(struct faults *faults, enum stage stage)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct armed_fault *armed = &faults->items[i];
        if (armed->kind != KIND_NONE && armed->stage == stage && fault_use(armed)) {
            return armed->kind;
        }
    }
    return KIND_NONE;
}

void faults_free(struct faults *faults)
{
    free(faults->items);
    *faults = (struct faults){0};
}

void faults_list(FILE *file)
{
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            fprintf(file, "%s-%s\t%s: %s\n", fault_stages[stage].name, fault_kinds[kind].name,
                    fault_stages[stage].meaning, fault_kinds[kind].meaning);
        }
    }
    for (int i = 0; i < FAULT_COUNT; i++) {
        fprintf(file, "%s\t%s\n", fault_specials[i].name, fault_specials[i].meaning);
    }
}

const char *fault_stage_name(enum stage stage)
{
    return stage == STAGE_NONE ? "none" : fault_stages[stage].name;
}

const char *fault_kind_name(enum fault_kind kind)
{
    return kind == KIND_NONE ? NULL : fault_kinds[kind].name;
}

int fault_kind_status(enum fault_kind kind)
{
    return kind == KIND_NONE ? 0 : fault_kinds[kind].status;
}

bool fault_kind_is_after(enum fault_kind kind)
{
    return kind != KIND_NONE && fault_kinds[kind].when == FAULT_AFTER;
}
