# baker_add_stage_plugin(NAME SOURCES a.cc ... [LIBRARIES lib ...] [DATA file ...])
#
# Builds NAME.so from the sources and puts NAME.stage.toml, which lies beside the CMakeLists.txt,
# next to it, and the files of DATA into a folder NAME there, where Context::data_folder() finds
# them. The digest of NAME.so is part of every action key, so it must not depend on where it was
# built: no paths in it, no run path, one exported symbol.
#
# A plugin lands in BAKER_PLUGIN_OUTPUT_DIRECTORY where that is set, else in <build>/plugins.

set(BAKER_PLUGIN_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/plugin.map)

function(baker_add_stage_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES;DATA")
  if(NOT BAKER_PLUGIN_OUTPUT_DIRECTORY)
    set(BAKER_PLUGIN_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  endif()
  set(target baker_stage_${name})
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE baker::sdk ${arg_LIBRARIES})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${BAKER_PLUGIN_OUTPUT_DIRECTORY}
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    SKIP_BUILD_RPATH ON
    LINK_DEPENDS ${BAKER_PLUGIN_VERSION_SCRIPT})
  target_compile_options(${target} PRIVATE
    -ffile-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build -g0)
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${BAKER_PLUGIN_VERSION_SCRIPT} -Wl,-z,nodelete)
  # A step is a process of its own: loading the library takes longer than what most need it for.
  if(NOT BAKER_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()

  set(descriptor ${name}.stage.toml)
  add_custom_command(OUTPUT ${BAKER_PLUGIN_OUTPUT_DIRECTORY}/${descriptor}
    COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/${descriptor}
            ${BAKER_PLUGIN_OUTPUT_DIRECTORY}/${descriptor}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${descriptor} VERBATIM)
  set(beside ${BAKER_PLUGIN_OUTPUT_DIRECTORY}/${descriptor})
  foreach(file ${arg_DATA})
    get_filename_component(file_name ${file} NAME)
    set(copy ${BAKER_PLUGIN_OUTPUT_DIRECTORY}/${name}/${file_name})
    add_custom_command(OUTPUT ${copy}
      COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${copy}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} VERBATIM)
    list(APPEND beside ${copy})
  endforeach()
  add_custom_target(${target}_descriptor ALL DEPENDS ${beside})
  add_dependencies(${target} ${target}_descriptor)
  if(arg_DATA)
    set_property(GLOBAL APPEND PROPERTY BAKER_STAGE_DATA ${BAKER_PLUGIN_OUTPUT_DIRECTORY}/${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY BAKER_STAGE_PLUGINS ${target})
  set_property(GLOBAL APPEND PROPERTY BAKER_STAGE_DESCRIPTORS ${CMAKE_CURRENT_SOURCE_DIR}/${descriptor})
endfunction()
