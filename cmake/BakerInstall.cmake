# What `cmake --install` puts where: programs, plugins with their descriptors, and the SDK that
# find_package(baker) serves to authors of stages.
include(CMakePackageConfigHelpers)

set(BAKER_PLUGIN_DIR ${CMAKE_INSTALL_LIBDIR}/baker/plugins)
set(BAKER_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/baker)

install(TARGETS baker RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS baker-stage-runner baker-download baker-remote baker-machine-supervisor
  RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/baker)

get_property(plugins GLOBAL PROPERTY BAKER_STAGE_PLUGINS)
get_property(descriptors GLOBAL PROPERTY BAKER_STAGE_DESCRIPTORS)
install(TARGETS ${plugins} LIBRARY DESTINATION ${BAKER_PLUGIN_DIR})
install(FILES ${descriptors} DESTINATION ${BAKER_PLUGIN_DIR})
get_property(data GLOBAL PROPERTY BAKER_STAGE_DATA)
install(DIRECTORY ${data} DESTINATION ${BAKER_PLUGIN_DIR})

install(FILES engine/upkeep/units/baker-verify.service engine/upkeep/units/baker-verify.timer
  DESTINATION lib/systemd/system)

install(TARGETS baker_sdk EXPORT bakerTargets FILE_SET HEADERS)
install(EXPORT bakerTargets NAMESPACE baker:: DESTINATION ${BAKER_CMAKE_DIR})
configure_package_config_file(cmake/bakerConfig.cmake.in ${CMAKE_BINARY_DIR}/bakerConfig.cmake
  INSTALL_DESTINATION ${BAKER_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/bakerConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/bakerConfig.cmake ${CMAKE_BINARY_DIR}/bakerConfigVersion.cmake
  cmake/BakerPlugin.cmake cmake/plugin.map DESTINATION ${BAKER_CMAKE_DIR})
