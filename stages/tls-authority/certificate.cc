#include "certificate.h"

#include <arpa/inet.h>
#include <baker/sdk/error.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

namespace baker::tls_authority {
namespace {

constexpr int kAuthorityDays = 20 * 365;
constexpr int kDaysLeft = 30;
constexpr std::time_t kDay = 24 * 60 * 60;

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* it) const {
    release(it);
  }
};
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;
using BigNumber = std::unique_ptr<BIGNUM, Release<BN_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

void must(bool done, const std::string& doing) {
  if (done) return;
  const char* reason = ERR_reason_error_string(ERR_get_error());
  throw StageError("OpenSSL can't " + doing + (reason ? std::string(": ") + reason : ""));
}

struct Identity {
  Key key;
  Certificate certificate;
  explicit operator bool() const { return key && certificate; }
};

Bio reader_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Identity parsed(const std::string& text) {
  Identity identity{
      Key(PEM_read_bio_PrivateKey(reader_of(text).get(), nullptr, nullptr, nullptr)),
      Certificate(PEM_read_bio_X509(reader_of(text).get(), nullptr, nullptr, nullptr))};
  ERR_clear_error();
  return identity;
}

Identity parsed_whole(const std::string& text) {
  Identity identity = parsed(text);
  must(bool(identity), "read a key with its certificate");
  return identity;
}

std::string text_in(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(const Identity& identity) {
  const Bio bio(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_PKCS8PrivateKey(bio.get(), identity.key.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) == 1 &&
           PEM_write_bio_X509(bio.get(), identity.certificate.get()) == 1,
       "write a key");
  return text_in(bio);
}

void set_serial(X509* certificate) {
  const BigNumber number(BN_new());
  must(BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
       "make a serial number");
}

void set_subject(X509* certificate, const std::string& name) {
  must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(name.data()),
                                  static_cast<int>(name.size()), -1, 0) == 1,
       "set a certificate's name");
}

void add_extension(X509* certificate, X509* issuer, int type, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, type, value.c_str()));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1,
       "put \"" + value + "\" into a certificate");
}

// With a key, and yet to be named and signed.
Identity new_identity(int days) {
  Identity identity{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  must(bool(identity), "make a key");
  X509* certificate = identity.certificate.get();
  set_serial(certificate);
  must(X509_set_version(certificate, X509_VERSION_3) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), days * kDay) &&
           X509_set_pubkey(certificate, identity.key.get()) == 1,
       "make a certificate");
  return identity;
}

void sign(X509* certificate, const Identity& authority) {
  const X509_NAME* issuer = X509_get_subject_name(authority.certificate.get());
  must(X509_set_issuer_name(certificate, issuer) == 1 &&
           X509_sign(certificate, authority.key.get(), EVP_sha256()) != 0,
       "sign a certificate");
}

bool is_address(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

std::string alternative_names(const std::vector<std::string>& addresses) {
  std::string names;
  for (const std::string& each : addresses)
    names += (names.empty() ? "" : ",") + std::string(is_address(each) ? "IP:" : "DNS:") + each;
  return names;
}

bool names_all_of(X509* certificate, const std::vector<std::string>& addresses) {
  const GeneralNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  if (count != std::ssize(addresses)) return false;
  for (const std::string& each : addresses) {
    const bool there = is_address(each)
                           ? X509_check_ip_asc(certificate, each.c_str(), 0) == 1
                           : X509_check_host(certificate, each.data(), each.size(),
                                             X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
    if (!there) return false;
  }
  return true;
}

}  // namespace

std::string make_authority(const std::string& name) {
  const Identity authority = new_identity(kAuthorityDays);
  X509* certificate = authority.certificate.get();
  set_subject(certificate, name + " CA");
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  sign(certificate, authority);
  return pem_of(authority);
}

std::string make_identity(const Member& member, const std::string& authority_text) {
  const Identity authority = parsed_whole(authority_text);
  X509* issuer = authority.certificate.get();
  const Identity identity = new_identity(kDays);
  X509* certificate = identity.certificate.get();
  set_subject(certificate, member.name);
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
  if (!member.addresses.empty())
    add_extension(certificate, issuer, NID_subject_alt_name, alternative_names(member.addresses));
  sign(certificate, authority);
  return pem_of(identity);
}

bool is_identity(const std::string& text) {
  return bool(parsed(text));
}

std::string certificate_of(const std::string& identity) {
  const Identity found = parsed_whole(identity);
  const Bio bio(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(bio.get(), found.certificate.get()) == 1, "write a certificate");
  return text_in(bio);
}

bool serves(const std::string& identity, const Member& member, const std::string& authority_text) {
  const Identity found = parsed(identity);
  if (!found) return false;
  const Identity authority = parsed_whole(authority_text);
  std::time_t soon = std::time(nullptr) + kDaysLeft * kDay;
  X509* certificate = found.certificate.get();
  return X509_check_private_key(certificate, found.key.get()) == 1 &&
         X509_verify(certificate, authority.key.get()) == 1 &&
         X509_cmp_time(X509_get0_notAfter(certificate), &soon) > 0 &&
         names_all_of(certificate, member.addresses);
}

}  // namespace baker::tls_authority
