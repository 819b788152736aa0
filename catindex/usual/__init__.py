"""Records of the usual shape, worked on as bytes: the fast way, for what nearly every record of a dump looks like.

A tree of libxml2 costs more than all that is done with it. So a record whose children all stand in the `grammar` is cut
into these children without one, and each child keeps its bytes, which the grammar proves to be those that libxml2 would
write. Anything else goes through trees. Both ways give the same bytes, and use the same tables.
"""
