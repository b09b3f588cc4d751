/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The body of a request: a text, or a source of the host's that is read while the body is sent. */
#include "curl/curl_priv.h"

#include <string.h>

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"

prov_status provi_curl_upload_check(const struct provi_curl_job *job, struct prov_error *err)
{
    const struct prov_upload *upload = job->request->upload;
    if (!upload)
        return PROV_OK;
    struct prov_upload known;
    prov_status status = provi_abi_in(&known, sizeof known, upload, err);
    if (status != PROV_OK)
        return status;
    if (job->method != PROV_METHOD_POST && job->method != PROV_METHOD_PUT)
        return provi_fail_invalid(err, "upload: expected the method POST or PUT");
    if (!upload->read || upload->length < -1 || job->request->body.len > 0)
        return provi_fail_invalid(err, "upload: expected read, a length of -1 or more, no body");
    return PROV_OK;
}

int64_t provi_curl_upload_bytes(const struct provi_curl_job *job)
{
    const struct prov_request *request = job->request;
    return request->upload ? request->upload->length : (int64_t)request->body.len;
}

static prov_status read_source(struct provi_curl_job *job, char *buf, size_t cap, size_t *len)
{
    const struct prov_upload *upload = job->request->upload;
    struct prov_error *err = &job->upload_err;
    *err = (struct prov_error){.size = sizeof *err};
    prov_status status = upload->read(upload->ctx, buf, cap, len, err);
    if (status == PROV_OK && *len > cap)
        return provi_fail(err, PROV_E_HOST, "body: its source reports %zu bytes where %zu fit",
                          *len, cap);
    if (status == PROV_OK && *len == 0 && upload->length >= 0)
        return provi_fail(err, PROV_E_TRUNCATED, "body: its source ended at byte %llu of %lld",
                          (unsigned long long)job->n_uploaded, (long long)upload->length);
    if (status != PROV_OK && err->status != status)
        provi_fail(err, status, "body: its source failed: %s", prov_status_text(status));
    return status;
}

prov_status provi_curl_upload_read(struct provi_curl_job *job, char *buf, size_t cap, size_t *len)
{
    const struct prov_upload *upload = job->request->upload;
    int64_t n_all = provi_curl_upload_bytes(job);
    prov_status status = PROV_OK;
    *len = 0;
    if (n_all >= 0 && cap > (uint64_t)n_all - job->n_uploaded)
        cap = (size_t)((uint64_t)n_all - job->n_uploaded);
    if (cap == 0)
        return PROV_OK;
    if (upload) {
        status = read_source(job, buf, cap, len);
    } else {
        memcpy(buf, job->request->body.data + job->n_uploaded, cap);
        *len = cap;
    }
    if (status == PROV_OK)
        job->n_uploaded += *len;
    return status;
}

prov_status provi_curl_upload_rewind(struct provi_curl_job *job)
{
    const struct prov_upload *upload = job->request->upload;
    struct prov_error *err = &job->upload_err;
    prov_status status = PROV_OK;
    char where[PROVI_CURL_ENDPOINT_CAP];
    if (upload && job->n_uploaded > 0 && !upload->rewind) {
        provi_curl_endpoint(job, where, sizeof where);
        return provi_fail(
            err, PROV_E_UNSUPPORTED,
            "body: %s is to get it from its beginning again after %llu bytes, and its "
            "source has no rewind",
            where, (unsigned long long)job->n_uploaded);
    }
    if (upload && job->n_uploaded > 0) {
        *err = (struct prov_error){.size = sizeof *err};
        status = upload->rewind(upload->ctx, err);
        if (status != PROV_OK && err->status != status)
            provi_fail(err, status, "body: its source cannot rewind: %s", prov_status_text(status));
    }
    if (status == PROV_OK)
        job->n_uploaded = 0;
    return status;
}
