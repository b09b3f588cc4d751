/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Decodes a body in chunks (RFC 9112, section 7.1), because libcurl would skip extensions and
 * trailers without limit or notice. libcurl still parses the chunks too, and reports malformed ones
 * and the end.
 */
#include "curl/curl_priv.h"

#include "base/str.h"

/* More digits would be leading zeros, or a size that libcurl refuses. */
#define MAX_DIGITS 16

static bool has_token(prov_str list, const char *token)
{
    prov_str one;
    while (provi_str_split(&list, ',', &one))
        if (provi_str_eq_nocase(provi_str_trim(one), prov_str_from(token)))
            return true;
    return false;
}

bool provi_curl_chunks_are_there(const struct provi_curl_job *job)
{
    prov_str list;
    for (size_t i = 0; provi_curl_response_field(job, "Transfer-Encoding", CURLH_HEADER, i, &list);
         i++)
        if (has_token(list, "chunked"))
            return true;
    return false;
}

/* Process the end of a line with a size. The last chunk is empty. */
static void end_size(struct provi_curl_chunks *chunks)
{
    chunks->state = chunks->n_left > 0 ? PROVI_CURL_CHUNK_DATA : PROVI_CURL_CHUNK_TRAILER;
}

static void read_size_char(struct provi_curl_chunks *chunks, char c)
{
    int value = provi_hex_digit(c);
    if (c == '\n') {
        end_size(chunks);
    } else if (value >= 0 && chunks->n_digits < MAX_DIGITS) {
        chunks->n_left = chunks->n_left << 4 | (unsigned)value;
        chunks->n_digits++;
    } else if (c != '\r') {
        chunks->is_malformed |= value >= 0 || chunks->n_digits == 0;
        chunks->state = PROVI_CURL_CHUNK_EXTENSION;
        chunks->n_beside++;
    }
}

/* Process a character that is not part of the file. */
static void read_char(struct provi_curl_chunks *chunks, char c)
{
    chunks->is_malformed |= c == '\0';
    switch (chunks->state) {
    case PROVI_CURL_CHUNK_SIZE: read_size_char(chunks, c); break;
    case PROVI_CURL_CHUNK_EXTENSION:
        chunks->n_beside++;
        if (c == '\n')
            end_size(chunks);
        break;
    case PROVI_CURL_CHUNK_END:
        if (c != '\n')
            break;
        chunks->state = PROVI_CURL_CHUNK_SIZE;
        chunks->n_left = 0;
        chunks->n_digits = 0;
        break;
    default: chunks->n_beside++;
    }
}

prov_str provi_curl_chunks_next(struct provi_curl_chunks *chunks, prov_str *rest)
{
    while (rest->len > 0 && chunks->state != PROVI_CURL_CHUNK_DATA) {
        read_char(chunks, rest->data[0]);
        *rest = provi_str_from_offset(*rest, 1);
    }
    prov_str data = *rest;
    if (data.len > chunks->n_left)
        data.len = (size_t)chunks->n_left;
    chunks->n_left -= data.len;
    if (data.len > 0 && chunks->n_left == 0)
        chunks->state = PROVI_CURL_CHUNK_END;
    *rest = provi_str_from_offset(*rest, data.len);
    return data;
}
