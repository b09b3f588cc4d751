/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Splitting a URL: pieces lie within the text, a fault names a place in it, and what is written
 * from the pieces splits into the same pieces again.
 */
#include "base/url.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "dials.h"

#define REQUIRE(claim)                                                                             \
    do {                                                                                           \
        if (!(claim))                                                                              \
            test_die("%s", #claim);                                                                \
    } while (0)

static void require_within(prov_str text, prov_str piece)
{
    if (piece.len)
        REQUIRE(piece.data >= text.data && piece.data + piece.len <= text.data + text.len);
}

static void require_sound(prov_str text, bool needs_path, const struct provi_url *url)
{
    require_within(text, url->user);
    require_within(text, url->password);
    require_within(text, url->host);
    require_within(text, url->path);
    REQUIRE(url->path.len == 0 || url->path.data[0] == '/');
    REQUIRE(url->has_user || (url->user.len == 0 && !url->has_password));
    REQUIRE(url->has_password || url->password.len == 0);
    REQUIRE(url->port == 0 || url->host.len > 0);
    bool is_bare = provi_str_is(url->scheme, "gds") || provi_str_is(url->scheme, "syslog");
    REQUIRE(!needs_path || url->path.len > 0 || is_bare);
    for (size_t i = 0; i < url->host.len; i++)
        REQUIRE(provi_is_alnum(url->host.data[i]) || strchr("-._:", url->host.data[i]));
}

/* provi_url_write() leaves out user, password and a port that goes without saying. */
static void require_round_trip(const struct provi_url *url)
{
    size_t len, again_len;
    struct provi_text out = {0};
    provi_url_write(&out, url);
    provi_text_end(&out, &len);
    char *text = malloc(len + 1);
    REQUIRE(text);
    out = (struct provi_text){.buf = text, .cap = len + 1};
    provi_url_write(&out, url);
    REQUIRE(provi_text_end(&out, &again_len) == PROV_OK && again_len == len);
    REQUIRE(strlen(text) == len);

    struct provi_url again;
    struct provi_url_fault fault;
    REQUIRE(provi_url_split((prov_str){text, len}, url->path.len > 0, &again, &fault));
    REQUIRE(provi_str_eq(again.scheme, url->scheme) && provi_str_eq(again.host, url->host));
    REQUIRE(provi_str_eq(again.path, url->path) && !again.has_user);
    uint16_t usual = provi_url_default_port(url->scheme);
    REQUIRE((again.port ? again.port : usual) == (url->port ? url->port : usual));
    free(text);
}

static void split(prov_str text, bool needs_path)
{
    struct provi_url url;
    struct provi_url_fault fault = {0};
    if (!provi_url_split(text, needs_path, &url, &fault)) {
        REQUIRE(fault.expected && fault.offset <= text.len);
        return;
    }
    require_sound(text, needs_path, &url);
    if (url.scheme.len)
        require_round_trip(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    prov_str text = {(const char *)data, size};
    split(text, true);
    split(text, false);
    return 0;
}
