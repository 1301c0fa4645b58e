// What is in a jar.
#pragma once

#include <set>
#include <string>

namespace baker::kafka {

// Adds the names of the classes in a jar ("org.apache.kafka.tools.TopicCommand") to `classes`.
// Throws StageError where the file can't be read as a jar.
void add_classes_of_jar(const std::string& file, std::set<std::string>& classes);

}  // namespace baker::kafka
