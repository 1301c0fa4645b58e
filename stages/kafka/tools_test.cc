#include "tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "pom.h"
#include "scripts.h"

namespace baker::kafka {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Release kModern{"4.3.1", "2.13"};
const Release kOld{"3.9.1", "2.13"};

TEST(Launchers, AreThereOnlyForClassesThatExist) {
  EXPECT_THAT(launchers_for({"kafka.tools.StorageTool"}),
              ElementsAre(Field(&Launcher::name, "kafka-storage.sh")));
  EXPECT_THAT(launchers_for({}), IsEmpty());
}

TEST(Launchers, FollowAClassThatHasMoved) {
  EXPECT_THAT(launchers_for({"kafka.tools.DumpLogSegments"}),
              ElementsAre(Field(&Launcher::main_class, "kafka.tools.DumpLogSegments")));
  EXPECT_THAT(launchers_for({"org.apache.kafka.tools.DumpLogSegments"}),
              ElementsAre(Field(&Launcher::main_class, "org.apache.kafka.tools.DumpLogSegments")));
}

TEST(Launchers, LeaveOutAToolWhoseLibraryIsMissing) {
  const std::string tool = "org.apache.kafka.tools.ConnectPluginPath";
  EXPECT_THAT(launchers_for({tool}), IsEmpty());
  EXPECT_EQ(launchers_for({tool, "org.apache.kafka.connect.cli.ConnectStandalone"}).size(), 2u);
}

TEST(LauncherScript, OfAServerLogsAsAServer) {
  const std::string script =
      launcher_script({"kafka-server-start.sh", "kafka.Kafka", "-Xmx1G", true}, kModern);
  EXPECT_THAT(script, HasSubstr("/config/log4j2.yaml"));
}

TEST(RunClassScript, UsesTheLogSystemOfTheRelease) {
  EXPECT_THAT(run_class_script(kModern),
              HasSubstr("-Dlog4j2.configurationFile=$home/config/tools-log4j2.yaml"));
  EXPECT_THAT(run_class_script(kOld),
              HasSubstr("-Dlog4j.configuration=file:$home/config/tools-log4j.properties"));
}

TEST(PomOfRelease, HasTheLogSystemOfTheRelease) {
  EXPECT_THAT(pom_of_release(kModern, ReleaseParts::kEverything),
              AllOf(HasSubstr("log4j-slf4j-impl"), Not(HasSubstr("reload4j"))));
  EXPECT_THAT(pom_of_release(kOld, ReleaseParts::kEverything),
              AllOf(HasSubstr("slf4j-reload4j"), Not(HasSubstr("log4j-slf4j-impl"))));
}

TEST(PomOfRelease, LeavesConnectOutWhereTheRepositoryHasNone) {
  EXPECT_THAT(pom_of_release(kModern, ReleaseParts::kBrokerAndTools),
              AllOf(HasSubstr("<exclusion><groupId>org.apache.kafka</groupId>"
                              "<artifactId>connect-runtime</artifactId></exclusion>"),
                    Not(HasSubstr("connect-mirror"))));
}

TEST(PomOfPins, AsksForThePinnedJarsAlone) {
  const Pins pins = {{{"artifact", "a.b:lib:1.0"}, {"file", "lib-1.0.jar"}},
                     {{"artifact", "a.b:net:2.0"}, {"file", "net-2.0-linux-x86_64.jar"}}};
  const std::string pom = pom_of_pins(pins);
  EXPECT_THAT(pom, HasSubstr("<groupId>a.b</groupId><artifactId>lib</artifactId><version>1.0"
                             "</version><exclusions><exclusion><groupId>*</groupId>"));
  EXPECT_THAT(pom, HasSubstr("<version>2.0</version><classifier>linux-x86_64</classifier>"));
}

TEST(Scripts, AreOnesThatTheShellAccepts) {
  const Launcher server{"kafka-server-start.sh", "kafka.Kafka", "-Xmx1G", true};
  for (const std::string& script : {run_class_script(kModern), launcher_script(server, kModern),
                                    server_stop_script(), trogdor_script()}) {
    FILE* shell = popen("sh -n", "w");
    ASSERT_NE(shell, nullptr);
    fputs(script.c_str(), shell);
    EXPECT_EQ(pclose(shell), 0) << script;
  }
}

}  // namespace
}  // namespace baker::kafka
