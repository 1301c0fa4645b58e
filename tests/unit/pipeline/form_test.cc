#include "engine/pipeline/form.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

bool is(Form form, const std::string& text) {
  return mistake_in(form, text).empty();
}

TEST(Form, OfAPathInsideTheRootStaysInIt) {
  for (const char* right : {"/etc/motd", "/a", "/etc//motd/", "/..a/b..", "/"})
    EXPECT_TRUE(is(Form::kRootPath, right)) << right;
  for (const char* wrong : {"", "etc/motd", "../x", "/etc/../../x", "/.."})
    EXPECT_FALSE(is(Form::kRootPath, wrong)) << wrong;
}

TEST(Form, OfAPathOnTheHostIsAbsolute) {
  EXPECT_TRUE(is(Form::kHostPath, "/srv/data"));
  EXPECT_FALSE(is(Form::kHostPath, "srv/data"));
  EXPECT_FALSE(is(Form::kHostPath, ""));
}

TEST(Form, OfAModeIsOctal) {
  for (const char* right : {"644", "0755", "2775"}) EXPECT_TRUE(is(Form::kMode, right)) << right;
  for (const char* wrong : {"9", "0o644", "00644", "0888", ""})
    EXPECT_FALSE(is(Form::kMode, wrong)) << wrong;
}

TEST(Form, OfAnAddressHasFourBytes) {
  EXPECT_TRUE(is(Form::kAddress, "10.88.0.11"));
  for (const char* wrong : {"10.88.0.300", "10.88.0", "10.88.0.999", "10.88.0.1/24", "::1", ""})
    EXPECT_FALSE(is(Form::kAddress, wrong)) << wrong;
}

TEST(Form, OfAnInterfaceAddressHasAPrefix) {
  for (const char* right : {"10.88.0.11/24", "10.0.0.1/0", "10.0.0.1/32"})
    EXPECT_TRUE(is(Form::kInterface, right)) << right;
  for (const char* wrong : {"10.88.0.999/24", "10.88.0.11", "10.88.0.11/33", "10.88.0.11/",
                            "10.88.0.11/2x", "10.88.0.11/-1"})
    EXPECT_FALSE(is(Form::kInterface, wrong)) << wrong;
}

TEST(Form, OfAMachineNameIsAHostName) {
  for (const std::string& right :
       {std::string("kafka-node1"), std::string("1"), std::string(63, 'a')})
    EXPECT_TRUE(is(Form::kMachineName, right)) << right;
  for (const std::string& wrong :
       {std::string("a/b"), std::string(".a"), std::string("-a"), std::string("a-"),
        std::string("a b"), std::string("käse"), std::string(64, 'a'), std::string()})
    EXPECT_FALSE(is(Form::kMachineName, wrong)) << wrong;
}

TEST(Form, IsNamedByDescriptors) {
  for (const std::string& name : form_names()) EXPECT_TRUE(form_named(name)) << name;
  EXPECT_FALSE(form_named("adress"));
}

}  // namespace
}  // namespace baker
