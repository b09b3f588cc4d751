/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "world.h"

#include <string.h>

#include "base/str.h"
#include "dials.h"

static struct world_value *find_value(struct world_value *values, size_t n, prov_str name)
{
    for (size_t i = 0; i < n; i++)
        if (provi_str_is(name, values[i].name))
            return &values[i];
    return NULL;
}

static prov_status get_param(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    struct world *world = ctx;
    world->n_reads++;
    if (world->read_status != PROV_OK)
        return world->read_status;
    const struct world_value *value = find_value(world->params, world->n_params, name);
    if (!value)
        return PROV_E_NOT_FOUND;
    return provi_str_out((prov_str){value->text, value->len}, buf, cap, len);
}

static prov_status find_fact(void *ctx, prov_str name, uint32_t flags, prov_str *text)
{
    struct world *world = ctx;
    (void)flags;
    const struct world_value *value = find_value(world->macro_vars, world->n_facts, name);
    if (!value)
        return PROV_E_NOT_FOUND;
    *text = (prov_str){value->text, value->len};
    return PROV_OK;
}

static void put(struct world_value *values, size_t *n, prov_str name, prov_str text)
{
    struct world_value *value = find_value(values, *n, name);
    if (!value && *n < WORLD_MAX_VALUES)
        value = &values[(*n)++];
    if (!value || name.len >= sizeof value->name || text.len > sizeof value->text)
        test_die("no room for %.*s", (int)name.len, name.data);
    memcpy(value->name, name.data, name.len);
    value->name[name.len] = '\0';
    if (text.len)
        memcpy(value->text, text.data, text.len);
    value->len = text.len;
}

static bool is_gpp_letters(prov_str name)
{
    return name.len == 1 || (name.len == 2 && name.data[0] == 'S' && name.data[1] <= 'D');
}

void world_set(struct world *world, prov_str assignment)
{
    size_t sign = provi_str_find(assignment, '=');
    prov_str name = {assignment.data, sign};
    prov_str text = provi_str_from_offset(assignment, sign + 1);
    char full[8] = "GPP_";
    if (is_gpp_letters(name)) {
        memcpy(full + 4, name.data, name.len);
        name = prov_str_from(full);
    }
    if (provi_str_find(name, '_') < name.len)
        put(world->params, &world->n_params, name, text);
    else
        put(world->macro_vars, &world->n_facts, name, text);
}

/* The device with facts of its own only, or asked about all it can be set to first. */
static void init(struct world *world, const struct prov_vars *host, const struct prov_alloc *alloc)
{
    static const struct prov_device device = {
        .size = sizeof device,
        .mac = {0x00, 0x0e, 0x08, 0x01, 0x23, 0x45},
        .has_ccert = 1,
        .product = {"CP-8841-3PCC", 12},
        .series = {"V03", 3},
        .serial = {"88012BA01234", 12},
        .sw_version = {"sip88xx.11-3-1MPP-110.loads", 27},
        .hw_version = {"1.88.1", 6},
        .ip = {"192.168.1.100", 13},
    };
    static const struct prov_operation operation = {
        .size = sizeof operation, .prvst = -1, .prvtmr_s = 700, .upgtmr_s = 400};
    static const char *const set[] = {"A=ABCDEF", "B=123", "SC=s3cr3t"};

    memset(world, 0, sizeof *world);
    const struct prov_param_source params = {.get = get_param, .ctx = world};
    if (prov_macro_vars_new(&world->handle, &device, &params, host, alloc, NULL) != PROV_OK)
        return;
    prov_macro_vars_set_operation(world->handle, &operation);
    world->vars = prov_macro_vars_view(world->handle);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        world_set(world, prov_str_from(set[i]));
}

void world_init(struct world *world, const struct prov_alloc *alloc)
{
    const struct prov_vars host = {.find = find_fact, .ctx = world};
    init(world, &host, alloc);
}

void world_init_plain(struct world *world)
{
    init(world, NULL, NULL);
}

void world_free(struct world *world)
{
    prov_macro_vars_free(world->handle);
    world->handle = NULL;
}
