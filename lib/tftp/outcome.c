/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tftp/tftp.h"

#include "base/array.h"
#include "base/error.h"

static prov_status fail_retryable(struct prov_error *err, prov_status status)
{
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}

/* RFC 1350, section 5; RFC 2347. */
static const char *const refusals[] = {
    [PROVI_TFTP_ERROR_UNNAMED] = "request refused by",
    [PROVI_TFTP_ERROR_NOT_FOUND] = "no such file at",
    [PROVI_TFTP_ERROR_ACCESS] = "access refused by",
    [PROVI_TFTP_ERROR_FULL] = "disk full at",
    [PROVI_TFTP_ERROR_ILLEGAL] = "request called illegal by",
    [PROVI_TFTP_ERROR_UNKNOWN_TID] = "transfer not known any more to",
    [PROVI_TFTP_ERROR_EXISTS] = "file exists already at",
    [PROVI_TFTP_ERROR_NO_USER] = "user not known to",
    [PROVI_TFTP_ERROR_OPTIONS] = "options refused by",
};

static prov_status report_refusal(const struct provi_tftp *t, const char *where,
                                  struct prov_error *err)
{
    const char *text = t->error < PROVI_LEN(refusals) ? refusals[t->error] : refusals[0];
    prov_status status = t->error == PROVI_TFTP_ERROR_NOT_FOUND ? PROV_E_NOT_FOUND : PROV_E_SERVER;
    provi_fail(err, status, "%s %s (TFTP error %u%s%s)", text, where, (unsigned)t->error,
               t->text[0] ? ": " : "", t->text);
    provi_error_native(err, PROV_ORIGIN_TFTP, t->error);
    return status;
}

static prov_status report_stop(const struct provi_tftp *t, const char *where,
                               struct prov_error *err)
{
    const char *why = t->n_refusals > 0 ? ": its port is closed now" : "";
    if (t->n_blocks == 0)
        provi_fail(err, PROV_E_TIMEOUT, "answers stopped before block 1 from %s%s", where, why);
    else
        provi_fail(err, PROV_E_TIMEOUT, "answers stopped at block %llu, byte %llu, from %s%s",
                   (unsigned long long)t->n_blocks, (unsigned long long)t->n_bytes, where, why);
    return fail_retryable(err, PROV_E_TIMEOUT);
}

static prov_status report_unfinished(const struct provi_tftp *t, const char *where,
                                     struct prov_error *err)
{
    provi_fail(err, PROV_E_TIMEOUT, "not finished after %lld s, at block %llu, byte %llu, from %s",
               (long long)(t->request.total_ms / 1000), (unsigned long long)t->n_blocks,
               (unsigned long long)t->n_bytes, where);
    return fail_retryable(err, PROV_E_TIMEOUT);
}

static prov_status report_oversized(const struct provi_tftp *t, const char *where,
                                    struct prov_error *err)
{
    provi_fail(err, PROV_E_NETWORK, "block %llu is longer than the %u bytes agreed, from %s",
               (unsigned long long)t->n_blocks + 1, (unsigned)t->block_bytes, where);
    return fail_retryable(err, PROV_E_NETWORK);
}

prov_status provi_tftp_report(const struct provi_tftp *t, const char *where, const char *host,
                              struct prov_error *err)
{
    switch (t->outcome) {
    case PROVI_TFTP_WHOLE: return PROV_OK;
    case PROVI_TFTP_REFUSED: return report_refusal(t, where, err);
    case PROVI_TFTP_NO_LISTENER:
        provi_fail(err, PROV_E_CONNECT, "nothing listens on UDP port %u of %s",
                   (unsigned)t->request.port, host);
        return fail_retryable(err, PROV_E_CONNECT);
    case PROVI_TFTP_STOPPED: return report_stop(t, where, err);
    case PROVI_TFTP_UNFINISHED: return report_unfinished(t, where, err);
    case PROVI_TFTP_MISTAKEN:
        return provi_fail(err, PROV_E_NETWORK, "a %s request was taken for a %s request by %s",
                          t->request.is_write ? "write" : "read",
                          t->request.is_write ? "read" : "write", where);
    case PROVI_TFTP_OVERSIZED: return report_oversized(t, where, err);
    case PROVI_TFTP_OVERRUN:
        provi_fail(err, PROV_E_NETWORK, "more than the %lld announced bytes came from %s",
                   (long long)t->file_bytes, where);
        return fail_retryable(err, PROV_E_NETWORK);
    case PROVI_TFTP_TOO_LARGE:
        return provi_fail(err, PROV_E_LIMIT, "%lld bytes announced by %s, %llu bytes allowed",
                          (long long)t->file_bytes, where,
                          (unsigned long long)t->request.max_bytes);
    case PROVI_TFTP_UNREADABLE:
        return provi_fail(err, PROV_E_IO, "the file for %s cannot be read, at byte %llu", where,
                          (unsigned long long)t->n_bytes);
    case PROVI_TFTP_ABANDONED: return provi_fail(err, PROV_E_CANCELLED, "cancelled");
    default: break;
    }
    if (t->n_useless > 0)
        provi_fail(
            err, PROV_E_TIMEOUT,
            "no valid answer from %s: it is not TFTP, or accepts options that were not requested",
            where);
    else
        provi_fail(err, PROV_E_TIMEOUT, "no answer from %s", where);
    return fail_retryable(err, PROV_E_TIMEOUT);
}
