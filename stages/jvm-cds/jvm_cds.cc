// The stage type `jvm-cds`: what makes Kafka start in half the time.
#include <baker/stage.h>

#include <regex>
#include <string>

namespace baker {
namespace {

constexpr const char* kLibs = "/opt/kafka/libs";
constexpr const char* kJvms = "/usr/lib/jvm";
constexpr const char* kOut = "/usr/lib/kafka-cds";

// Runs one broker from format to its orderly end, with a message to a new topic in between. All of
// it lies in /tmp, which is forgotten. Java accepts the archive later only with the class path that
// stands in class-path.args, with the same Java, and with pointers as small as those of a heap
// below 32 GB. How long it compiles is all the same to the archive.
constexpr const char* kTraining = R"sh(
out=/usr/lib/kafka-cds
work=/tmp/kafka
mkdir -p $work

cat > $work/server.properties <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$work/data
offsets.topic.replication.factor=1
END
log_option=-Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml
[ -e /opt/kafka/config/log4j2.yaml ] ||
  log_option=-Dlog4j.configuration=file:/opt/kafka/config/log4j.properties
java="$out/java -Xmx256m -XX:+UseG1GC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true
  -Dkafka.logs.dir=$work $log_option @$out/class-path.args"
fail() {
  grep -v '\[warning\]\[cds' $work/log | tail -n 50  # what Java says of its archive hides the reason
  echo "$1"
  exit 1
}

$java kafka.tools.StorageTool format -t=AAAAAAAAAAAAAAAAAAAAZA -c $work/server.properties
cp $work/data/bootstrap.checkpoint $out/

$java -XX:ArchiveClassesAtExit=$out/kafka.jsa kafka.Kafka $work/server.properties \
  > $work/log 2>&1 &
broker=$!
tenths=0
until grep -q 'Kafka Server started' $work/log; do
  kill -s 0 $broker 2> /dev/null || fail "the broker ended before it served"
  tenths=$((tenths + 1))
  [ $tenths -lt 3000 ] || fail "the broker did not serve within 300 seconds"
  sleep 0.1
done
echo hello | JAVA_HOME=$(readlink $out/java | sed 's:/bin/java$::') LOG_DIR=$work \
  /opt/kafka/bin/kafka-console-producer.sh --bootstrap-server 127.0.0.1:9092 --topic first ||
  fail "the broker took no message"
kill $broker
wait $broker || [ $? -eq 143 ] || fail "the broker did not end in order"
[ -s $out/kafka.jsa ] || fail "Java wrote no archive"
)sh";

std::string class_path_of(const Root& root) {
  std::string path;
  for (const std::string& name : root.list(kLibs)) {
    if (!name.ends_with(".jar")) continue;
    path += (path.empty() ? "" : ":\\\n") + std::string(kLibs) + "/" + name;
  }
  if (path.empty()) {
    throw StageError("the root holds no Kafka (no jars in " + std::string(kLibs) +
                     "): add a stage of type `kafka` to `from`");
  }
  return "-cp \"\\\n" + path + "\"\n";
}

// The newest, as a broker will run on it.
std::string java_of(const Root& root) {
  static const std::regex form("java-([0-9]{1,4})-openjdk(-.+)?");
  int newest = 0;
  std::string java;
  for (const std::string& name : root.list(kJvms)) {
    const std::string program = std::string(kJvms) + "/" + name + "/bin/java";
    std::smatch parts;
    if (!std::regex_match(name, parts, form) || !root.exists(program)) continue;
    if (std::stoi(parts[1]) <= newest) continue;
    newest = std::stoi(parts[1]);
    java = program;
  }
  if (newest >= 13) return java;
  throw StageError("the root holds " +
                   (newest == 0 ? "no Java" : "Java " + std::to_string(newest) + " at the newest") +
                   ", and 13 is the first that archives what a program loads: add " +
                   "openjdk-17-jre-headless to the packages of the `apt` stage below");
}

struct JvmCds : LayerStage {
  void run(Root& root, const Options&) override {
    const std::string out = kOut;
    const std::string class_path = class_path_of(root);
    const std::string java = java_of(root);
    root.make_directory(out);
    root.write_file(out + "/class-path.args", class_path);
    root.make_symlink(out + "/java", java);
    root.run({.argv = {"/bin/sh", "-euc", kTraining}});
  }
};

}  // namespace

BAKER_STAGE(JvmCds)

}  // namespace baker
