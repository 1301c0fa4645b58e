#include "way_to_servers.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(WayToServers, IsTheProxiesAndCertificatesOfAptsSettings) {
  EXPECT_THAT(settings_of_the_way("APT::Architecture \"amd64\";\n"
                                  "Acquire \"\";\n"
                                  "Acquire::http::Proxy \"http://proxy.example.invalid:3128\";\n"
                                  "Acquire::http::Proxy::near.example.invalid \"DIRECT\";\n"
                                  "Acquire::https::CaInfo \"/etc/ca.pem\";\n"
                                  "Acquire::Retries \"3\";\n"),
              ElementsAre("Acquire::http::Proxy \"http://proxy.example.invalid:3128\";",
                          "Acquire::http::Proxy::near.example.invalid \"DIRECT\";",
                          "Acquire::https::CaInfo \"/etc/ca.pem\";"));
}

TEST(WayToServers, IsPlainWhereNothingIsSet) {
  EXPECT_THAT(settings_of_the_way("Acquire::http::Proxy \"\";\nAcquire::http::Timeout \"20\";\n"),
              IsEmpty());
}

}  // namespace
}  // namespace baker
