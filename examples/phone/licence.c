/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "licence.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

#include "flash.h"
#include "host.h"
#include "options.h"

static const char file_name[] = "licence";

static bool find_path(const struct phone *phone, char path[FLASH_PATH_CAP])
{
    if (!phone->options->store_path)
        return false;
    snprintf(path, FLASH_PATH_CAP, "%s/%s", phone->flash.folder, file_name);
    return true;
}

uint32_t licence_find(const struct phone *phone)
{
    char path[FLASH_PATH_CAP];
    return find_path(phone, path) && access(path, F_OK) == 0 ? PROV_AUTHORIZATION_CLASSIC
                                                             : PROV_AUTHORIZATION_NONE;
}

/* Value of a line `NAME: VALUE` among the first lines. */
static prov_str find_line(prov_str licence, const char *name)
{
    enum { HEAD_LINES = 8 };
    size_t name_len = strlen(name);
    for (int i = 0; i < HEAD_LINES && licence.len; i++) {
        prov_str line = text_cut_line(&licence);
        if (line.len <= name_len + 2 || memcmp(line.data, name, name_len) != 0 ||
            memcmp(line.data + name_len, ": ", 2) != 0)
            continue;
        prov_str value = {line.data + name_len + 2, line.len - name_len - 2};
        value.len -= value.data[value.len - 1] == '\r';
        return value;
    }
    return (prov_str){NULL, 0};
}

static bool is_for_other(const struct phone *phone, prov_str mac)
{
    char text[32];
    uint8_t address[6];
    snprintf(text, sizeof text, "%.*s", (int)mac.len, mac.data ? mac.data : "");
    return mac.len && (!device_read_mac(text, address) ||
                       memcmp(address, phone->options->mac, sizeof address) != 0);
}

static prov_status check(void *ctx, prov_str licence, uint32_t *answer, struct prov_error *err)
{
    struct phone *phone = ctx;
    (void)answer; /* decided at once */
    if (is_for_other(phone, find_line(licence, "For")))
        return text_fail(PROV_E_CORRUPT, "", "the licence is for another phone", err);
    if (text_is(find_line(licence, "Valid"), "no"))
        return text_fail(PROV_E_CORRUPT, "", "the licence is not valid", err);
    if (phone->options->store_path && !flash_write(&phone->flash, file_name, licence))
        return text_fail_file(PROV_E_IO, phone->flash.folder, err);
    phone->contact.authorization = PROV_AUTHORIZATION_CLASSIC;
    return PROV_OK;
}

/* The command `authorize wxc` of the control socket acts as the vendor's service. */
static void begin_wxc(void *ctx)
{
    host_note(ctx, "the vendor's service is to authorize the phone: 'authorize wxc' at the control "
                   "socket");
}

prov_status licence_enable(struct phone *phone, struct prov_error *err)
{
    const struct prov_migration_host host = {
        .size = sizeof host, .ctx = phone, .check = check, .begin_wxc = begin_wxc};
    return prov_agent_enable_migration(phone->agent, &host, err);
}

prov_status licence_authorize(struct phone *phone, prov_str name, struct prov_error *err)
{
    char path[FLASH_PATH_CAP];
    for (uint32_t i = PROV_AUTHORIZATION_NONE; i <= PROV_AUTHORIZATION_WXC; i++) {
        if (!text_is(name, prov_authorization_name(i)))
            continue;
        if (i == PROV_AUTHORIZATION_NONE && find_path(phone, path))
            unlink(path);
        phone->contact.authorization = i;
        return prov_agent_set_authorization(phone->agent, i, err);
    }
    return text_fail(PROV_E_INVALID, "", "expected none, classic or wxc", err);
}
