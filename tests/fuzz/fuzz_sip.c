/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * A sender of SIP: the input goes to the phone's door, as a datagram, and as a stream, whole and
 * in two parts. libosip2 and the door's handler see it; nothing is fetched.
 *
 * Properties: an answer is one message with header fields that the phone writes, whatever was in
 * those of the request; the same datagram again has the same answer; a stream has the same answers
 * however it is divided.
 */
#include "sip/priv.h"

#include <stdlib.h>
#include <string.h>

#include "dials.h"
#include "options.h"
#include "phone.h"

#define MUST(claim)                                                                                \
    do {                                                                                           \
        if (!(claim))                                                                              \
            test_die("%s", #claim);                                                                \
    } while (0)

enum { MAX_ANSWERS = 1024 };

const char program_name[] = "fuzz_sip";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One with a line that obeys, and one that has to be proved. */
static struct phone *make_phone(void)
{
    static const char *sets[] = {"User_ID_1_=alice", "Password_1_=word", "User_ID_2_=bob",
                                 "Auth_Resync-Reboot_2_=No", "Resync_On_Reset=No"};
    static struct options options = {
        .model = "CP-8841-3PCC",
        .mac = {0, 0x0e, 8, 1, 2, 3},
        .dialect = PROV_DIALECT_MPP,
        .time_scale = 1,
        .is_quiet = true,
        .sets = {sets, sizeof sets / sizeof sets[0]},
    };
    static struct phone phone;
    prov_curl *curl = NULL;
    if (phone.agent)
        return &phone;
    const struct prov_curl_options curl_options = {.size = sizeof curl_options};
    MUST(prov_curl_new(&curl, &curl_options, NULL) == PROV_OK);
    MUST(phone_start(&phone, &options, "", curl) == EXIT_OK);
    return &phone;
}

static void end_phone(void)
{
    struct phone *phone = make_phone();
    prov_curl *curl = phone->curl;
    phone_stop(phone);
    prov_curl_free(curl);
}

static void require_answer(const char *text, size_t len)
{
    static const char *const names[] = {
        "Via",           "From",         "To",          "Call-ID",          "CSeq",
        "Allow",         "Allow-Events", "Accept",      "Warning",          "Accept-Encoding",
        "Supported",     "Retry-After",  "Unsupported", "WWW-Authenticate", "Server",
        "Content-Length"};
    const char *end = text + len, *next;
    MUST(len > 4 && memcmp(text, "SIP/2.0 ", 8) == 0 && !memchr(text, '\0', len));
    for (const char *line = strstr(text, "\r\n") + 2; line < end - 2; line = next) {
        bool is_known = false;
        next = strstr(line, "\r\n") + 2;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            is_known |=
                strncmp(line, names[i], strlen(names[i])) == 0 && line[strlen(names[i])] == ':';
        MUST(is_known && !memchr(line, '\n', (size_t)(next - line - 2)));
    }
    MUST(memcmp(end - 4, "\r\n\r\n", 4) == 0);
}

/* With a NUL, for the searches above. */
static char *terminated(const char *text, size_t len)
{
    char *copy = malloc(len + 1);
    MUST(copy);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static void try_datagram(struct sip *sip, const struct sip_peer *peer, const char *data, size_t len)
{
    struct sip_reply first, again;
    size_t size;
    if (sip_handle(sip, peer, data, len, &size, &first) == SIP_COMPLETE)
        MUST(size <= len);
    if (!first.text)
        return;
    char *text = terminated(first.text, first.len);
    require_answer(text, first.len);
    free(text);
    sip_handle(sip, peer, data, len, &size, &again);
    bool is_cached = sip->cache.next > 0;
    MUST(again.text && again.port == first.port);
    MUST(!is_cached || (again.len == first.len && memcmp(again.text, first.text, first.len) == 0));
    free(first.text);
    free(again.text);
}

/* The codes of the answers; nonces and tags differ each time. */
static size_t read_codes(const struct sip_connection *connection, unsigned codes[MAX_ANSWERS])
{
    size_t n = 0;
    char *text = terminated(connection->out ? connection->out : "", connection->n_out);
    for (char *at = text, *end; *at && n < MAX_ANSWERS; at = end + 4) {
        end = strstr(at, "\r\n\r\n");
        MUST(end);
        char *one = terminated(at, (size_t)(end + 4 - at));
        require_answer(one, (size_t)(end + 4 - at));
        free(one);
        codes[n++] = (unsigned)atoi(at + 8);
    }
    free(text);
    return n;
}

/* @return The number of answers. */
static size_t try_stream(struct phone *phone, const struct sip_peer *peer, const char *data,
                         size_t len, size_t split, unsigned codes[MAX_ANSWERS])
{
    struct sip_connection connection = {
        .fd = -1, .peer = *peer, .in = malloc(SIP_MESSAGE_MAX), .cap = SIP_MESSAGE_MAX};
    struct sip *sip = malloc(sizeof *sip);
    MUST(sip && connection.in && sip_prepare(sip, phone));
    const size_t lens[] = {split, len - split};
    bool goes_on = true;
    for (size_t i = 0; i < 2 && goes_on; i++) {
        memcpy(connection.in + connection.n_in, data + (i ? split : 0), lens[i]);
        connection.n_in += lens[i];
        goes_on = sip_stream_handle(sip, &connection) && !connection.is_closing;
        MUST(connection.n_in <= len);
    }
    size_t n = read_codes(&connection, codes);
    sip_stream_close(&connection);
    sip_close(sip);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_registered;
    unsigned whole[MAX_ANSWERS], parts[MAX_ANSWERS];
    struct sip_peer peer = {.address.len = sizeof peer.address.as.v4};
    const char *text = (const char *)data;
    if (size > SIP_MESSAGE_MAX)
        return 0;
    struct phone *phone = make_phone();
    if (!is_registered)
        atexit(end_phone);
    is_registered = true;
    peer.address.as.v4.sin_family = AF_INET;
    peer.address.as.v4.sin_port = htons(5060);
    peer.address.as.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct sip *sip = malloc(sizeof *sip);
    MUST(sip && sip_prepare(sip, phone));
    try_datagram(sip, &peer, text, size);
    sip_close(sip);

    peer.is_stream = true;
    size_t split = size ? (size_t)data[size / 2] * size / 256 : 0;
    size_t n = try_stream(phone, &peer, text, size, 0, whole);
    MUST(try_stream(phone, &peer, text, size, split, parts) == n);
    MUST(memcmp(whole, parts, n * sizeof whole[0]) == 0);
    phone->has_call = phone->wants_reboot = phone->restarts = false;
    return 0;
}
