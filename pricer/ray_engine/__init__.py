"""Batches on many machines, by Ray Data: the rows and prices of the local engine, from and to any storage.

Ray is imported only in here, and only when it is asked for.
"""

from pricer.ray_engine.engine import RayOptions, price_with_ray

__all__ = ["RayOptions", "price_with_ray"]
