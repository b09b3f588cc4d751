/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store_witness.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"

static uint64_t hash_of(prov_str text, bool any_case)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (any_case && byte >= 'A' && byte <= 'Z')
            byte = (unsigned char)(byte + 'a' - 'A');
        hash = (hash ^ byte) * UINT64_C(1099511628211);
    }
    return hash;
}

static bool is_staged(const struct store_witness *witness, uint64_t name)
{
    for (size_t i = 0; i < witness->n_staged; i++)
        if (hash_of(prov_str_from(witness->staged[i].name), true) == name)
            return true;
    return false;
}

/* All values, but those that are staged. */
static size_t list(const struct store_witness *witness, struct witnessed *to, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < prov_store_n_params(witness->store); i++) {
        struct prov_param param = {.size = sizeof param};
        if (prov_store_param(witness->store, i, &param) != PROV_OK)
            test_die("a store without its parameter %zu", i);
        uint64_t name = hash_of(param.name, true);
        if (!param.has_value || is_staged(witness, name))
            continue;
        if (n == cap)
            test_die("more than %zu parameters", cap);
        to[n++] = (struct witnessed){name, hash_of(param.value, false)};
    }
    return n;
}

static void begin(struct store_witness *witness)
{
    witness->n_staged = 0;
    witness->n_old = list(witness, witness->old, PROVI_LEN(witness->old));
    witness->is_open = true;
}

static void stage(struct store_witness *witness, const struct prov_param *param)
{
    struct staged *staged = witness->staged;
    size_t i = 0;
    char name[sizeof staged->name];
    snprintf(name, sizeof name, "%.*s", (int)param->name.len, param->name.data);
    while (i < witness->n_staged &&
           (strcmp(staged[i].name, name) != 0 || staged[i].layer != param->layer))
        i++;
    if (i == PROVI_LEN(witness->staged))
        test_die("more than %zu changes", i);
    if (i == witness->n_staged) {
        witness->n_staged++;
        staged[i] = (struct staged){.layer = param->layer};
        memcpy(staged[i].name, name, sizeof name);
    }
    if (param->has_value == PROV_VALUE_STAYS)
        return;
    staged[i].has_value = param->has_value;
    staged[i].value = hash_of(param->value, false);
}

static void check_staged(const struct store_witness *witness, const struct staged *staged)
{
    struct prov_param found = {.size = sizeof found};
    prov_status status =
        prov_store_find(witness->store, prov_str_from(staged->name), staged->layer, &found);
    bool has_value = status == PROV_OK && found.has_value;
    if (staged->has_value == PROV_VALUE_GIVEN &&
        (!has_value || hash_of(found.value, false) != staged->value))
        test_die("%s was committed with another value than was staged", staged->name);
    if (staged->has_value == PROV_VALUE_FORGET && has_value)
        test_die("%s was to be forgotten", staged->name);
}

static bool is_among(const struct witnessed *all, size_t n, struct witnessed one)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].name == one.name && all[i].value == one.value)
            return true;
    return false;
}

static void check_others(const struct store_witness *witness)
{
    struct witnessed now[512];
    size_t n_now = list(witness, now, PROVI_LEN(now));
    for (size_t i = 0; i < n_now; i++)
        if (!is_among(witness->old, witness->n_old, now[i]))
            test_die("a commit changed a value that was not staged");
    for (size_t i = 0; i < witness->n_old; i++)
        if (!is_staged(witness, witness->old[i].name) && !is_among(now, n_now, witness->old[i]))
            test_die("a commit lost a value that was not staged");
}

static void check_committed(const struct store_witness *witness)
{
    for (size_t i = 0; i < witness->n_staged; i++)
        check_staged(witness, &witness->staged[i]);
    check_others(witness);
}

void store_witness_look(struct store_witness *witness, const prov_store *store)
{
    witness->store = store;
    witness->generation = prov_store_generation(store);
}

void store_witness_step(void *ctx, enum frail_step step, const struct prov_param *param)
{
    struct store_witness *witness = ctx;
    switch (step) {
    case FRAIL_BEGUN: begin(witness); return;
    case FRAIL_STAGED: stage(witness, param); return;
    case FRAIL_COMMITTED:
        check_committed(witness);
        store_witness_look(witness, witness->store);
        break;
    case FRAIL_UNDONE: break;
    }
    witness->is_open = false;
    store_witness_check_still(witness);
}

void store_witness_check_still(const struct store_witness *witness)
{
    if (witness->is_open)
        test_die("a transaction is left open");
    if (prov_store_generation(witness->store) != witness->generation)
        test_die("values changed outside of a committed transaction");
}
