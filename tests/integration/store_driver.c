/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * A file store in a process of its own, for test_store_process.py to kill.
 *
 * store_driver FILE show                 prints NAME=VALUE lines, after "restored" if it was
 * store_driver FILE set NAME=VALUE ...   commits them at once
 * store_driver FILE hold                 says "open", then keeps it open until standard input ends
 */
#include <provision/store.h>

#include <stdio.h>
#include <string.h>

static prov_status show(prov_store *store)
{
    if (prov_store_was_restored(store, NULL))
        puts("restored");
    for (size_t i = 0; i < prov_store_n_params(store); i++) {
        struct prov_param param = {.size = sizeof param};
        prov_store_param(store, i, &param);
        printf("%.*s=%.*s\n", (int)param.name.len, param.name.data, (int)param.value.len,
               param.value.data);
    }
    return PROV_OK;
}

static prov_status set(prov_store *store, char **settings, struct prov_error *err)
{
    prov_status status = prov_store_begin(store, err);
    for (; status == PROV_OK && *settings; settings++) {
        size_t name_len = strcspn(*settings, "=");
        const char *value = *settings + name_len + ((*settings)[name_len] == '=');
        struct prov_param param = {
            .size = sizeof param,
            .name = {*settings, name_len},
            .value = prov_str_from(value),
            .has_value = 1,
        };
        status = prov_store_set(store, &param, err);
    }
    return status == PROV_OK ? prov_store_commit(store, err) : status;
}

static prov_status hold(void)
{
    puts("open");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return PROV_OK;
}

static prov_status run(prov_store *store, const char *verb, char **rest, struct prov_error *err)
{
    if (strcmp(verb, "show") == 0)
        return show(store);
    if (strcmp(verb, "set") == 0)
        return set(store, rest, err);
    return hold();
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: store_driver FILE show|set|hold [NAME=VALUE ...]\n", stderr);
        return 2;
    }
    struct prov_error err = {.size = sizeof err};
    struct prov_store_options opt = {.size = sizeof opt, .path = argv[1]};
    prov_store *store = NULL;
    prov_status status = prov_store_open(&store, &opt, &err);
    if (status == PROV_OK)
        status = run(store, argv[2], argv + 3, &err);
    prov_store_close(store);
    if (status == PROV_OK)
        return 0;
    char line[512];
    prov_error_format(&err, line, sizeof line);
    fprintf(stderr, "%s\n", line);
    return 1;
}
