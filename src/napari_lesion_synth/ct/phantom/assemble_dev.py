from __future__ import annotations
import time
import numpy as np
from napari_lesion_synth.ct.phantom.frame import *
from napari_lesion_synth.ct.phantom.wobble import Wobble
from napari_lesion_synth.ct.phantom.canvas import share_of
from napari_lesion_synth.ct.phantom.patient import *
from napari_lesion_synth.ct.phantom.body import *
from napari_lesion_synth.ct.phantom.canvas import *
from napari_lesion_synth.ct.phantom.scene import *
from napari_lesion_synth.ct.phantom.tissue import *
from napari_lesion_synth.ct.phantom.trunk_paint import *
from napari_lesion_synth.ct.phantom.skeleton import *
from napari_lesion_synth.ct.phantom.liver import *
from napari_lesion_synth.ct.phantom.settings import PhantomSettings
from napari_lesion_synth.ct.phantom.organs import *
from napari_lesion_synth.ct.phantom.gut import *
from napari_lesion_synth.ct.phantom.vessels import *
from napari_lesion_synth.ct.phantom.trees import *
from napari_lesion_synth.ct.phantom.scanner import *
def warped(frame, rng):
    big=[Wobble(rng,70.0) for _ in range(3)]; small=[Wobble(rng,24.0) for _ in range(3)]
    return tuple((a+5.0*b.on(frame)+1.4*s.on(frame)).astype(np.float32) for a,b,s in zip(frame.mesh(),big,small))
def build(seed=0,spacing=(2.5,1,1),slices=None,phase='portal',fov=370,center=0.,noise_hu=18.):
    t0=time.time(); T=lambda n: print(f'{n:12s}{time.time()-t0:6.2f}')
    rngs=streams(seed); p=Patient.draw(rngs['habitus']); ti=Tissue.draw(phase,rngs['tissue'])
    nz=slices or round(200/spacing[0]); ny,nx=round(fov/spacing[1]),round(fov/spacing[2])
    ax=[((np.arange(n)-(n-1)/2)*s+c).astype(np.float32) for n,s,c in zip((nz+2,ny,nx),spacing,(center,0,0))]
    fr=Frame(*ax)
    st=(max(2.5,spacing[0]),3.0,3.0)
    lat=Frame.spanning((ax[0][0]-st[0],-160,-200),(ax[0][-1]+st[0],170,200),st)
    L=Lattice(lat,warped(lat,rngs['warp'])); T('warp')
    tr=build_trunk(p,lat,L.at,rngs['surface']); T('trunk')
    sc=Scene(L,tr)
    cv=Canvas(fr,tuple(spacing),np.full(fr.shape,-1000,np.float32))
    paint_trunk(cv,sc,p,ti,rngs); T('paint trunk')
    paint_chest(cv,sc,p,ti,rngs); T('chest')
    sf=Frame.spanning((-128,-160,-200),(108,170,200),(6.,6.,6.)); S=Lattice(sf,warped(sf,streams(seed)['warp']))
    st_=build_trunk(p,sf,S.at,streams(seed)['surface']); sl=liver(p,st_,S.at)
    pv=portal_vein(sl,S,rngs['portal']); hv=hepatic_veins(p,sl,S,rngs['hepatic']); T('trees')
    lt=lung_vessels(p,np.maximum(st_.cavity+3,4-st_.abdomen),S,rngs['lung'])
    mt=mesenteric_vessels(p,rngs['mesentery']); T('trees2')
    def tree(t,val,box=None):
        box=box or tuple(slice(0,n) for n in fr.shape)
        sh=np.zeros(fr.sub(box).shape,np.float32); draw_tree(cv,t,sh,tuple(b.start for b in box)); cv.blend(box,sh.__getitem__,val)
    tree(lt,40.)
    tree(mt,ti.portal-25); T('draw')
    full=(slice(0,None),)*3
    place_posterior(cv,sc,p,ti,rngs['tissue']); T('post')
    f=liver(p,tr,L.at); T('liver')
    part=sc.place('liver',tuple(slice(0,n) for n in lat.shape),f,gap_mm=1.0)
    g1,g2=Wobble(rngs['texture'],(5.,5.,5.)),Wobble(rngs['texture'],(22.,22.,22.))
    box,shp=cv.cover(part.field,part.frame); share=np.stack([share_of(shp[i]) for i in range(len(fr.sub(box).z))])
    def tex(f):
        a,b=g1.slices(f),g2.slices(f); return lambda i: ti.liver+4*a[i]+3*b[i]
    cv.blend(box,share.__getitem__,tex); T('liver paint')
    tree(hv,ti.hepatic,box); tree(pv,ti.portal,box); T('liver vess')
    place_kidneys(cv,sc,p,ti,rngs['tissue']); place_spleen(cv,sc,p,ti,rngs['tissue']); T('kidney')
    place_gallbladder(cv,sc,p,ti); place_gut(cv,sc,p,ti,rngs['gut']); T('gut')
    place_pancreas(cv,sc,p,ti,rngs['tissue']); T('panc')
    tree(splanchnic_veins(),ti.portal); T('spl')
    paint_spine(cv,p,rngs['bone']); T('spine')
    body=(cv.hu>-300)[:, :, :]; back=float(fr.y[np.where(body.any((0,2)))[0][-1]])
    paint_table(cv,back); T('table')
    scn=Scanner()
    hu=blur(cv.hu,spacing,scn); T('blur')
    att=attenuation_by_direction(hu,spacing,4)
    n=noise(hu.shape,spacing,att,scn,rngs['noise'])
    lm=np.zeros(fr.shape,bool); lm[box]=share>.5; lm=lm[1:-1]
    n*=noise_hu/n[lm].std(); T('noise')
    hu+=n
    return cv,sc,p,ti,np.clip(np.rint(hu),-1024,3071).astype(np.int16),lm
if __name__=='__main__':
    import sys; sys.path.insert(0,'/tmp/phantom'); from sheet import *
    seed=int(sys.argv[1]) if len(sys.argv)>1 else 0
    cv,_,_,_,h,lm=build(seed,noise_hu=float(sys.argv[2]) if len(sys.argv)>2 else 18)
    zs=np.linspace(4,h.shape[0]-5,12).astype(int)
    save(grid([win(h[z]) for z in zs],4),'/tmp/phantom/ph_ax.png')
    from scipy import ndimage as ni
    ys=np.linspace(h.shape[1]*.22,h.shape[1]*.78,9).astype(int)
    save(grid([win(ni.zoom(h[::-1,y],(2.5,1),order=1)) for y in ys],3),'/tmp/phantom/ph_cor.png')
    from cmp import crop
    i1=np.load('/tmp/phantom/ir1.npy'); c1=np.load('/tmp/phantom/ch1.npy')
    save(grid([win(crop(v[z].astype(np.float32))) for v,z in ((h,22),(i1,55),(h,40),(i1,80),(h,52),(c1,42),(h,60),(i1,100))],2),'/tmp/phantom/cmp.png',1.0)
