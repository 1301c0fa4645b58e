# What the stage types of this tree are made of, besides the SDK.

# baker_add_stage_library(NAME SOURCES a.cc ... [LIBRARIES lib ...])
#
# What several stage types have in common, or a stage's plugin and its tests. It becomes part of the
# plugins, so it must not depend on where it was built, and exports nothing.
function(baker_add_stage_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC baker::sdk ${arg_LIBRARIES} PRIVATE baker_warnings)
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/stages)
  set_target_properties(${name} PROPERTIES
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${name} PRIVATE
    -ffile-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build -g0)
endfunction()

# baker_embed(SOURCE NAMESPACE ns FILES file ...)
#
# Compiles files in: writes a source, whose path is put into SOURCE, with the function
# `std::string_view ns::embedded(std::string_view name)`, which the stage declares in embedded.h.
function(baker_embed source)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAMESPACE" "FILES")
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(code "#include <stdexcept>\n#include <string>\n#include <string_view>\n\n")
  string(APPEND code "#include \"${folder}/embedded.h\"\n\nnamespace ${arg_NAMESPACE} {\n\n")
  string(APPEND code "std::string_view embedded(std::string_view name) {\n")
  foreach(file ${arg_FILES})
    file(READ ${file} text)
    get_filename_component(name ${file} NAME)
    string(APPEND code "  if (name == \"${name}\") return R\"~~~(${text})~~~\";\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  string(APPEND code "  throw std::logic_error(\"no file of this name is compiled in: \" + std::string(name));\n")
  string(APPEND code "}\n\n}  // namespace ${arg_NAMESPACE}\n")
  set(written ${CMAKE_CURRENT_BINARY_DIR}/embedded.cc)
  file(WRITE ${written}.new "${code}")
  file(COPY_FILE ${written}.new ${written} ONLY_IF_DIFFERENT)
  set(${source} ${written} PARENT_SCOPE)
endfunction()
